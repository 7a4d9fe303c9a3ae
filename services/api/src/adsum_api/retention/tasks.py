"""The shell around retention."""

from __future__ import annotations

from celery import Celery

from adsum_api.retention import service
from adsum_api.runtime import Runtime
from adsum_contracts.routes import PURGE_EXPIRED


def register(app: Celery, runtime: Runtime) -> None:
    """Name retention's task."""

    @app.task(name=PURGE_EXPIRED, shared=False)
    def purge_expired() -> None:
        with runtime.store.begin() as work:
            service.purge_expired(work, runtime.clock())
