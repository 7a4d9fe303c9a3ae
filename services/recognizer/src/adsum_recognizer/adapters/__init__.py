"""The world outside the rules: networks, weights, Redis, Celery."""
