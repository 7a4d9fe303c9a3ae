"""Everything that touches the world outside: cameras, the disk, Redis, a browser."""
