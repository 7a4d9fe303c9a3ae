"""Accounts: people who sign in with a password, and their sessions."""
