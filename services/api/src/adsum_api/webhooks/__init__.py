"""Webhooks by Standard Webhooks 1.0.0: signed, retried, thin, and kept away from private networks."""
