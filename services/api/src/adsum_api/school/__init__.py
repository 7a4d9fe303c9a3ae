"""The school itself: its name, its time zone, and what it allows."""
