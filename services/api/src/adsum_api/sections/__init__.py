"""Sections, and who belongs to them when."""
