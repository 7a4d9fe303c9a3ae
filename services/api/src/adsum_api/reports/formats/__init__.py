"""One writer a format: a report in, a file out."""
