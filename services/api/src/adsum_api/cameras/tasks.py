"""The shell around cameras' credentials."""

from __future__ import annotations

from celery import Celery

from adsum_api.cameras import flooding, renewing
from adsum_api.runtime import Runtime
from adsum_contracts.routes import CUT_OFF_FLOODS, SETTLE_CREDENTIALS


def register(app: Celery, runtime: Runtime) -> None:
    """Name the tasks."""

    @app.task(name=SETTLE_CREDENTIALS, shared=False)
    def settle_credentials() -> None:
        renewing.settle_all(runtime)

    @app.task(name=CUT_OFF_FLOODS, shared=False)
    def cut_off_floods() -> None:
        flooding.cut_off_floods(runtime)
