"""The shell around attendance."""

from __future__ import annotations

from typing import Any

from celery import Celery

from adsum_api.attendance import service
from adsum_api.runtime import Runtime
from adsum_contracts import tracing
from adsum_contracts.routes import APPLY_ATTENDANCE, CLOSE_DUE_LESSONS
from adsum_contracts.tasks import ApplyAttendance


def register(app: Celery, runtime: Runtime) -> None:
    """Name attendance's tasks."""

    @app.task(name=APPLY_ATTENDANCE, shared=False)
    def apply(message: dict[str, Any]) -> None:
        asked = ApplyAttendance.model_validate(message)
        with runtime.store.begin() as work:
            marks = service.apply(work, asked.school_id, asked.lesson_id, runtime.agreement)
        tracing.note(lesson_id=str(asked.lesson_id), marks=marks)

    @app.task(name=CLOSE_DUE_LESSONS, shared=False)
    def close_due() -> None:
        service.close_due(runtime.store, runtime.agreement, runtime.clock)
