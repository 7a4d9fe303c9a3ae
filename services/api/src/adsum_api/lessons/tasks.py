"""The shell around telling cameras of lessons."""

from __future__ import annotations

from celery import Celery

from adsum_api.lessons import telling
from adsum_api.runtime import Runtime
from adsum_contracts.routes import TELL_CAMERAS


def register(app: Celery, runtime: Runtime) -> None:
    """Name the task."""

    @app.task(name=TELL_CAMERAS, shared=False)
    def tell_cameras() -> None:
        telling.tell_all(runtime)
