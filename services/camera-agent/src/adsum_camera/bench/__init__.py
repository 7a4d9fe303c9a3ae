"""Measuring on the box itself: `adsum-camera bench`."""
