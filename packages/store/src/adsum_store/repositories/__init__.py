"""All SQL of Adsum: one file for each noun; nothing here commits."""
