"""The recognizer: crops in, identities out."""
