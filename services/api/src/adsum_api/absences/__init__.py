"""Planned absences: what the school was told of lessons that a student misses."""
