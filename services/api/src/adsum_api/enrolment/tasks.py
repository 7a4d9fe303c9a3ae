"""The shells around enrolment: what cameras and the recognizer say about a job."""

from __future__ import annotations

from celery import Celery

from adsum_api.cameras import renewing
from adsum_api.enrolment import jobs
from adsum_api.runtime import Runtime
from adsum_contracts.routes import ENROLMENT_JUDGED, ENROLMENT_PROGRESS
from adsum_contracts.tasks import EnrolmentJudged, EnrolmentProgress


def register(app: Celery, runtime: Runtime) -> None:
    """Name enrolment's tasks."""

    @app.task(name=ENROLMENT_PROGRESS, shared=False)
    def note_progress(payload: dict[str, object]) -> None:
        with runtime.store.begin() as work:
            message = EnrolmentProgress.model_validate(payload)
            jobs.note_progress(work, message, runtime.clock())
            renewing.note_reply(work, runtime, message.reply, runtime.clock())

    @app.task(name=ENROLMENT_JUDGED, shared=False)
    def note_verdicts(payload: dict[str, object]) -> None:
        with runtime.store.begin() as work:
            jobs.note_verdicts(work, EnrolmentJudged.model_validate(payload), runtime.clock())
