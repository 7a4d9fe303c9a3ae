"""What may not be kept any longer."""
