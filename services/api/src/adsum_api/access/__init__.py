"""Who may do what: rights, roles, and how a route states what it needs."""
