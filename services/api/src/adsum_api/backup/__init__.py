"""The whole record in one sealed file, and back again."""
