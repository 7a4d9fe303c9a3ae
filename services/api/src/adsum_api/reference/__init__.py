"""The api's own documentation: what `/docs`, `/redoc` and the OpenAPI document say."""
