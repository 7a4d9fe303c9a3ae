"""Whether the servers behind the api answer."""
