"""The use cases, one file for each noun; tasks and commands call these and nothing else."""
