"""The api's Celery worker and beat: what each runs, and how each is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Protocol

from celery import Celery
from celery.signals import after_task_publish

from adsum_api.absences import tasks as absences
from adsum_api.adapters.celery_app import celery_app
from adsum_api.adapters.service_reports import beat_reports, worker_reports
from adsum_api.attendance import tasks as attendance
from adsum_api.cameras import tasks as cameras
from adsum_api.enrolment import tasks as enrolment
from adsum_api.lessons import tasks as lessons
from adsum_api.retention import tasks as retention
from adsum_api.runtime import Runtime, redis_client
from adsum_api.timetable import tasks as timetable
from adsum_api.watchdog import Watchdog
from adsum_api.webhooks import tasks as webhooks
from adsum_contracts.logs import hush_celery
from adsum_contracts.routes import (
    CLOSE_DUE_LESSONS,
    CUT_OFF_FLOODS,
    DELIVER_WEBHOOKS,
    MAKE_LESSONS,
    PURGE_EXPIRED,
    QUEUE_ATTENDANCE,
    QUEUE_DECIDE,
    SETTLE_CREDENTIALS,
    SWEEP_UNDECIDED,
    TELL_CAMERAS,
    WARN_OF_ABSENCES,
)


class Feature(Protocol):
    """A module `tasks.py` of a feature."""

    def register(self, app: Celery, runtime: Runtime) -> None:
        """Name the feature's tasks; none is `shared`: Celery would give it to every other app as well."""


FEATURES: Final[tuple[Feature, ...]] = (
    absences, attendance, cameras, enrolment, lessons, retention, timetable, webhooks,
)  # fmt: skip
"""One line a feature."""


def _every(seconds: float, task: str, queue: str) -> dict[str, Any]:
    """Queue `task` so often; one that grew old is dropped, so a stopped worker leaves no heap."""
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": max(seconds, 30)}}


SCHEDULE: Final = {
    "close due lessons": _every(5, CLOSE_DUE_LESSONS, QUEUE_ATTENDANCE),
    "sweep for sightings without a decision": _every(30, SWEEP_UNDECIDED, QUEUE_DECIDE),
    "tell cameras of lessons": _every(120, TELL_CAMERAS, QUEUE_ATTENDANCE),
    "settle how cameras are let in": _every(60, SETTLE_CREDENTIALS, QUEUE_ATTENDANCE),
    "cut off who floods": _every(10, CUT_OFF_FLOODS, QUEUE_ATTENDANCE),
    "make the lessons of the weeks ahead": _every(3600, MAKE_LESSONS, QUEUE_ATTENDANCE),
    "deliver webhooks": _every(5, DELIVER_WEBHOOKS, QUEUE_ATTENDANCE),
    "find who misses lesson after lesson": _every(900, WARN_OF_ABSENCES, QUEUE_ATTENDANCE),
    "purge what expired": _every(600, PURGE_EXPIRED, QUEUE_ATTENDANCE),
}


def worker_app(broker_url: str, runtime: Runtime) -> Celery:
    """Return the app with every task of the api."""
    app = celery_app(broker_url)
    for feature in FEATURES:
        feature.register(app, runtime)
    return app


def run_worker(broker_url: str, runtime: Runtime, sign_of_life: Path | None = None) -> int:
    """Consume until told to stop; return the exit status. The watchdog ends the process when it is stuck."""
    app = worker_app(broker_url, runtime)
    watchdog = Watchdog(lambda: queue_length(runtime), sign_of_life=sign_of_life)
    watchdog.start()
    hush_celery()
    worker_reports(runtime.broker, watchdog).start()
    worker = app.Worker(
        pool="solo",
        queues=[QUEUE_ATTENDANCE],
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def run_beat(broker_url: str, state_dir: Path, sign_of_life: Path | None = None) -> None:
    """Queue what is due until told to stop; when it last did so is kept in `state_dir`.

    The file `sign_of_life` is touched each time something was queued: every five seconds, when all is well.
    """
    if sign_of_life is not None:
        after_task_publish.connect(lambda **_signal: sign_of_life.touch(), weak=False)
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = celery_app(broker_url)
    beat_reports(redis_client(broker_url), state_dir).start()
    app.conf.beat_schedule = SCHEDULE
    app.Beat(schedule=str(state_dir / "beat-schedule"), loglevel="WARNING", quiet=True).run()


def queue_length(runtime: Runtime) -> int:
    """Count the tasks that wait for a worker; raises `redis.RedisError`."""
    return int(runtime.broker.llen(QUEUE_ATTENDANCE))
