"""A box's first contact with its server: a one-use token for the credentials of its cameras."""
