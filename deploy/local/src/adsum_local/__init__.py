"""The embedded run: real servers from wheels, every service a child process, one supervisor."""
