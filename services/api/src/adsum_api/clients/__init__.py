"""Clients of OAuth 2: programs, their secrets and access tokens."""
