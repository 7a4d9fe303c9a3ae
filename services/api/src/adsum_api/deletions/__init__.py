"""What is gone, for whoever keeps copies."""
