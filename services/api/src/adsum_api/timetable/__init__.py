"""Timetables from iCalendar files: read, expanded, compared with the lessons that are there, made ahead."""
