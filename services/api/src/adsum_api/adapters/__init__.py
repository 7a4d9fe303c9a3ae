"""The api's ways out: Celery and the cameras' command streams."""
