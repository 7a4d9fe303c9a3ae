"""The shell around cameras' credentials."""

from __future__ import annotations

from celery import Celery

from adsum_api.cameras import renewing
from adsum_api.runtime import Runtime
from adsum_contracts.routes import SETTLE_CREDENTIALS


def register(app: Celery, runtime: Runtime) -> None:
    """Name the task."""

    @app.task(name=SETTLE_CREDENTIALS, shared=False)
    def settle_credentials() -> None:
        renewing.settle_all(runtime)
