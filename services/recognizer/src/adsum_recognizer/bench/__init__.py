"""What this machine can do: the measurements of `adsum-recognizer bench`."""
