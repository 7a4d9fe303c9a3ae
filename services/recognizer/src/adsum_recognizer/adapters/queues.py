"""The Celery tasks that others carry out: JSON on the internal broker, sent or refused within seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from celery import Celery, Task
from pydantic import BaseModel

from adsum_contracts import routes, tracing
from adsum_contracts.ids import JobId, LessonId, SchoolId
from adsum_contracts.redis_url import celery_broker
from adsum_contracts.tasks import (
    ApplyAttendance,
    DecideLesson,
    EnrolmentJudged,
    EnrolmentProgress,
    EnrolPhotos,
    EnrolSamples,
    IdentifyFaces,
)
from adsum_recognizer.adapters.backlog import FOLLOW_UPS, FROM_ENTRIES, Backlog
from adsum_recognizer.adapters.due import DueDecisions
from adsum_recognizer.ports import Waiting

RETRY = {"max_retries": 2, "interval_start": 0.2, "interval_step": 0.5, "interval_max": 1}
SOCKETS = {
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}


class TracedTask(Task[Any, Any]):
    """A task that is a step of the traces its sender worked for."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Celery's own signature
        """Run it."""
        with tracing.step(self.name, getattr(self.request, tracing.HEADER, None) or ()):
            return super().__call__(*args, **kwargs)


def celery_app(broker_url: str) -> Celery:
    """Return the app that the worker runs and everybody sends by; it connects to nothing yet."""
    broker = celery_broker(broker_url, SOCKETS)
    app: Celery = Celery("adsum_recognizer", broker=broker.url, task_cls=TracedTask)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_ignore_result=True,
        task_publish_retry_policy=RETRY,
        task_create_missing_queues=True,
        task_default_queue=routes.QUEUE_IDENTIFY,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=5,
        broker_transport_options={"visibility_timeout": 120, **broker.options},
        broker_use_ssl=broker.use_ssl,
    )
    return app


class Queues:
    """Sends tasks; raises `kombu.exceptions.OperationalError` or `redis.RedisError` while the broker is
    away."""

    def __init__(self, app: Celery, backlog: Backlog, due: DueDecisions) -> None:
        self._app = app
        self._backlog = backlog
        self._due = due

    def waiting(self) -> Waiting:
        """Say what nobody has taken yet; raise `redis.RedisError`."""
        depths = self._backlog.depths()
        tasks = sum(depths[name] for name in FROM_ENTRIES)
        return Waiting(tasks, depths[FOLLOW_UPS], depths[routes.QUEUE_DECIDE])

    def identify(self, task: IdentifyFaces) -> None:
        """Have these crops embedded and matched."""
        self._send(routes.IDENTIFY, routes.QUEUE_IDENTIFY, task)

    def enrol_samples(self, task: EnrolSamples) -> None:
        """Have these samples judged and made templates."""
        self._send(routes.ENROL_SAMPLES, routes.QUEUE_ENROL, task)

    def enrol_photos(self, task: EnrolPhotos) -> None:
        """Have the rest of a job's photos judged."""
        self._send(routes.ENROL_PHOTOS, routes.QUEUE_ENROL, task)

    def decide(self, lessons: Iterable[LessonId]) -> None:
        """Have the lessons decided, each by one task for all who ask before it begins."""
        lessons = tuple(lessons)
        self._due.add_traces(lessons, tracing.current())
        asked = self._due.not_waiting(lessons)
        if not asked:
            return
        promise = self._due.promise(asked)
        for lesson_id in asked:
            task = DecideLesson(lesson_id=lesson_id)  # it finds its traces beside the mark
            self._app.send_task(
                routes.DECIDE_LESSON, args=[task.model_dump(mode="json")], queue=routes.QUEUE_DECIDE
            )
        self._due.keep(promise, asked)

    def decision_begins(self, lesson_id: LessonId) -> Sequence[str]:
        """Let those who store something for the lesson from now on ask again; return the traces of those who
        asked before."""
        self._due.begin(lesson_id)
        return self._due.take_traces(lesson_id) if tracing.is_on() else ()

    def apply_attendance(self, school_id: SchoolId, lesson_id: LessonId) -> None:
        """Have the lesson's register recomputed."""
        task = ApplyAttendance(school_id=school_id, lesson_id=lesson_id)
        self._send(routes.APPLY_ATTENDANCE, routes.QUEUE_ATTENDANCE, task)

    def enrolment_judged(self, school_id: SchoolId, job_id: JobId) -> None:
        """Have the job looked at: it has new verdicts."""
        task = EnrolmentJudged(school_id=school_id, job_id=job_id)
        self._send(routes.ENROLMENT_JUDGED, routes.QUEUE_ATTENDANCE, task)

    def enrolment_progress(self, progress: EnrolmentProgress) -> None:
        """Hand on what a camera said of a capture."""
        self._send(routes.ENROLMENT_PROGRESS, routes.QUEUE_ATTENDANCE, progress)

    def _send(self, name: str, queue: str, task: BaseModel) -> None:
        self._app.send_task(name, args=[task.model_dump(mode="json")], queue=queue, headers=tracing.headers())
