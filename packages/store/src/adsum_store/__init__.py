"""The record. All SQL of Adsum is in `repositories/`; nobody but the unit of work commits."""
