"""Rosters as school systems hand them over: OneRoster zips, read, compared with the record and applied."""
