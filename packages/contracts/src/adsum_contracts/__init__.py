"""What Adsum's services say to each other. Nothing else lives here: no I/O, no rules."""
