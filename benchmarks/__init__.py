"""What `make bench` measures: ratios against what a user would pick instead, on the same work in one run."""
