"""Rooms, and the cameras in them."""
