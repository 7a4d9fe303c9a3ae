"""The worker and beat as processes, and the watchdog that ends a worker which stopped consuming."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from adsum_api.adapters.celery_app import VISIBILITY_TIMEOUT_S, CeleryTaskSender, celery_app
from adsum_api.runtime import Runtime
from adsum_api.watchdog import LOOK_EVERY_S, PATIENCE_S, STUCK, Watchdog
from adsum_api.worker import SCHEDULE, worker_app
from adsum_contracts import routes
from adsum_contracts.ids import JobId, SchoolId
from adsum_contracts.routes import ENROLMENT_JUDGED, QUEUE_ATTENDANCE, QUEUE_DECIDE, SWEEP_UNDECIDED
from adsum_contracts.tasks import EnrolmentJudged
from adsum_local.children import start_child, stop_child
from adsum_local.ports import free_port
from adsum_local.redis_server import RedisServer
from adsum_store.models import EnrolmentJob, EnrolmentVerdict, School
from adsum_store.repositories import students
from adsum_store.sealing import new_secret_key


class Broker:
    """A Redis of one test's own, to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.server = RedisServer(folder, free_port(), "test")
        self.server.prepare()
        self.child = start_child(self.server.command, quiet=True)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    def start(self) -> None:
        self.child = start_child(self.server.command, quiet=True)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    running = Broker(tmp_path / "broker")
    with Redis.from_url(running.server.url) as client:
        eventually(lambda: answers(client))
    yield running
    stop_child(running.child)


@pytest.fixture
def environment(database_url: str, ingress_url: str, broker: Broker, tmp_path: Path) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("ADSUM_")}
    return others | {
        "ADSUM_DATABASE_URL": database_url,
        "ADSUM_INGRESS_URL": ingress_url,
        "ADSUM_BROKER_URL": broker.server.url,
        "ADSUM_SECRET_KEY": new_secret_key(),
        "ADSUM_STATE_DIR": str(tmp_path / "state"),
    }


def eventually(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisAway:
        return False


def judged_job(runtime: Runtime, school: School, number: str) -> EnrolmentJudged:
    """Keep a job whose only picture is judged, and return the word of it that a worker will get."""
    with runtime.store.begin() as work:
        student = students.add(work, school.id, number, "Ada")
        job = EnrolmentJob(school_id=school.id, student_id=student.id, source="photos", wanted=1)
        work.session.add(job)
        work.session.flush()
        verdict = EnrolmentVerdict(
            school_id=school.id, job_id=job.id, index=0, model_id="test", accepted=True, quality=1.0
        )
        work.session.add(verdict)
    return EnrolmentJudged(school_id=SchoolId(school.id), job_id=JobId(job.id))


def state(runtime: Runtime, job_id: UUID) -> str:
    with runtime.store.begin() as work:
        return work.session.get_one(EnrolmentJob, job_id).state


@pytest.mark.slow
def test_a_worker_goes_on_when_its_broker_was_killed_and_came_back(
    runtime: Runtime, school: School, broker: Broker, environment: dict[str, str]
) -> None:
    child = start_child((sys.executable, "-m", "adsum_api", "worker"), env=environment, quiet=True)
    try:
        with closing(celery_app(broker.server.url)) as app:
            sender = CeleryTaskSender(app)
            first = judged_job(runtime, school, "1")
            sender.send(ENROLMENT_JUDGED, QUEUE_ATTENDANCE, first)
            eventually(lambda: state(runtime, first.job_id) == "done")
            broker.kill()
            broker.start()
            with Redis.from_url(broker.server.url) as client:
                eventually(lambda: answers(client))
            second = judged_job(runtime, school, "2")
            sender.send(ENROLMENT_JUDGED, QUEUE_ATTENDANCE, second)
            eventually(lambda: state(runtime, second.job_id) == "done")
        assert child.poll() is None, "no restart was needed"
    finally:
        assert stop_child(child) == 0


@pytest.mark.slow
def test_beat_queues_what_is_due_and_keeps_its_file_in_the_state_folder(
    broker: Broker, environment: dict[str, str], tmp_path: Path
) -> None:
    child = start_child((sys.executable, "-m", "adsum_api", "beat"), env=environment, quiet=True)
    try:
        with Redis.from_url(broker.server.url) as client:

            def queued() -> dict[str, Any]:
                waiting = client.lrange(QUEUE_ATTENDANCE, 0, -1)
                headers = [json.loads(each)["headers"] for each in waiting]
                return {each["task"]: each["expires"] for each in headers}

            eventually(lambda: routes.CLOSE_DUE_LESSONS in queued())
            assert queued()[routes.CLOSE_DUE_LESSONS] is not None
        assert list((tmp_path / "state").glob("beat-schedule*"))
    finally:
        stop_child(child)


def test_every_task_of_the_api_is_known_and_takes_json_alone(runtime: Runtime) -> None:
    app = worker_app("redis://127.0.0.1:1/0", runtime)
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == {
        routes.APPLY_ATTENDANCE, routes.CLOSE_DUE_LESSONS, routes.ENROLMENT_PROGRESS,
        routes.ENROLMENT_JUDGED, routes.PURGE_EXPIRED, routes.TELL_CAMERAS, routes.MAKE_LESSONS,
        routes.DELIVER_WEBHOOKS, routes.WARN_OF_ABSENCES, routes.SETTLE_CREDENTIALS, routes.CUT_OFF_FLOODS,
    }  # fmt: skip
    assert app.conf.accept_content == ["json"]
    assert all(app.tasks[name].acks_late for name in ours)
    assert all(app.tasks[name].autoretry_for for name in ours)


def test_what_beat_queues_goes_where_somebody_listens() -> None:
    queues = {entry["task"]: entry["options"]["queue"] for entry in SCHEDULE.values()}
    assert queues.pop(SWEEP_UNDECIDED) == QUEUE_DECIDE
    assert set(queues.values()) == {QUEUE_ATTENDANCE}


def test_the_watchdog_gives_up_before_the_broker_gives_the_tasks_away() -> None:
    assert PATIENCE_S + LOOK_EVERY_S < VISIBILITY_TIMEOUT_S


class Watched:
    """A watchdog with its world in the test's hand."""

    def __init__(self) -> None:
        self.now, self.waiting, self.ended = 0.0, 0, list[int]()
        self.dog = Watchdog(self._count, monotonic=lambda: self.now, end=self.ended.append)

    def _count(self) -> int:
        if self.waiting < 0:
            raise RedisAway("away")
        return self.waiting

    def after(self, seconds: float, waiting: int) -> list[int]:
        self.now += seconds
        self.waiting = waiting
        self.dog.look()
        return self.ended


def test_a_worker_that_takes_none_of_the_waiting_tasks_is_ended() -> None:
    watched = Watched()
    assert watched.after(PATIENCE_S - 1, waiting=3) == []
    assert watched.after(2, waiting=3) == [STUCK]


def test_an_idle_worker_lives_on_and_so_does_one_without_a_broker() -> None:
    watched = Watched()
    for waiting in (0, -1, 0):
        assert watched.after(PATIENCE_S * 2, waiting) == []
    assert watched.after(PATIENCE_S - 1, waiting=3) == [], "patience begins anew"
