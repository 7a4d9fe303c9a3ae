"""`adsum-api bench`: how fast the record answers and takes in, on servers of the measurement's own."""
