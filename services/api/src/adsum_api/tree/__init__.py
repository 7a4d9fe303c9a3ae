"""The school's tree, row by row: terms, courses, buildings and staff. Rosters bring the same by the file."""
