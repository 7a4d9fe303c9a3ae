"""How accurate recognition is on a folder of photos: the protocols of `adsum-recognizer evaluate`."""
