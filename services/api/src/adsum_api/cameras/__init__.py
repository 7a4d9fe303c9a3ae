"""What cameras report: how they are, and what of their rooms they see."""
