"""Pictures and vectors on their way to become templates."""
