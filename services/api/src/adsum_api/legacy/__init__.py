"""The original demo's files, in and out."""
