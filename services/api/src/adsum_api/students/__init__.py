"""Students and their consents."""
