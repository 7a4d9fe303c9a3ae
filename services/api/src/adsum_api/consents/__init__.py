"""Consents of a whole school: their texts, and who lacks one."""
