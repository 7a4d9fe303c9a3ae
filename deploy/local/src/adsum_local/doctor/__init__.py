"""`adsum doctor`: a deployment looked at from outside."""
