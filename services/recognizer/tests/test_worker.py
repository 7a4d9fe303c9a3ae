"""The worker's shell: tasks reach the use cases by their names; one that does not consume is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
import redis

from adsum_contracts import routes
from adsum_contracts.tasks import IdentifyFaces
from adsum_recognizer.adapters.backlog import Backlog
from adsum_recognizer.adapters.due import DueDecisions
from adsum_recognizer.adapters.queues import Queues, celery_app
from adsum_recognizer.liveness import Liveness, Stalled, watch
from adsum_recognizer.ports import Waiting
from adsum_recognizer.worker import register
from adsum_store.sealing import new_secret_key

COMMAND = (sys.executable, "-m", "adsum_recognizer")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ADSUM_")}
    return subprocess.run(
        [*COMMAND, *arguments],
        env=plain | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_task_reaches_its_use_case(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    app = celery_app("memory://")
    register(app, classroom.faces(), classroom.deciding(), classroom.enrolment())
    (ref,) = classroom.receive(classroom.show(1, 0.97, uuid4(), 10))
    payload = IdentifyFaces(entries=(ref,)).model_dump(mode="json")
    app.tasks[routes.IDENTIFY](payload)
    app.tasks[routes.SWEEP_UNDECIDED]()
    assert len(classroom.told.attendance) == 1
    ours = {routes.ENROL_PHOTOS, routes.ENROL_SAMPLES, routes.ENROL_VECTORS}
    assert ours <= set(app.tasks)


def test_what_is_sent_is_json_on_the_queue_that_it_belongs_to(broker_url: str) -> None:
    with redis.Redis.from_url(broker_url) as broker:
        queues = Queues(celery_app(broker_url), Backlog(broker), DueDecisions(broker))
        queues.apply_attendance(uuid4(), uuid4())  # type: ignore[arg-type]
        assert queues.waiting() == Waiting(tasks=0, follow_ups=1)
        message = broker.lindex(routes.QUEUE_ATTENDANCE, 0)
    assert b'"application/json"' in message
    assert routes.APPLY_ATTENDANCE.encode() in message


def test_a_worker_that_waits_with_nothing_to_do_is_healthy() -> None:
    clock = iter(range(0, 1000, 50))
    liveness = Liveness(60, now=lambda: next(clock))
    assert [liveness.look(0) for _ in range(5)] == [None] * 5


def test_tasks_that_wait_for_long_while_none_is_taken_are_a_stall() -> None:
    now = 0.0
    liveness = Liveness(60, now=lambda: now)
    now = 59.0
    assert liveness.look(3) is None
    liveness.progressed()
    now = 100.0
    assert liveness.look(3) is None
    now = 119.0
    assert liveness.look(3) == Stalled("tasks wait and none is taken")


def test_a_broker_that_is_away_for_long_is_a_stall() -> None:
    now = 0.0
    liveness = Liveness(60, now=lambda: now)
    now = 59.0
    assert liveness.look(None) is None
    now = 60.0
    assert liveness.look(None) == Stalled("the broker has been away for long")


def test_the_watch_survives_a_broker_that_does_not_answer() -> None:
    stop, asked = Event(), Event()

    def waiting() -> int:
        asked.set()
        raise redis.ConnectionError("away")

    thread = watch(Liveness(60), waiting, 0.01, stop)
    assert asked.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_command_that_needs_no_network_loads_none() -> None:
    program = (
        "import sys, adsum_recognizer.__main__; sys.exit(bool({'torch', 'dlib', 'sklearn'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=120, check=False).returncode == 0


def test_missing_settings_are_named_in_one_sentence() -> None:
    done = run("dispatch")
    assert done.returncode == 2, "its supervisor does not start it again"
    assert "ADSUM_DATABASE_URL: field required" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_weights_the_worker_does_not_start(tmp_path: Path) -> None:
    urls = dict.fromkeys(("ADSUM_INGRESS_URL", "ADSUM_BROKER_URL"), "redis://127.0.0.1:1/0")
    settings = {
        "ADSUM_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "ADSUM_SECRET_KEY": new_secret_key(),
    }
    done = run("worker", ADSUM_MODELS_DIR=str(tmp_path), **urls, **settings)
    assert done.returncode == 2
    assert "adsum-recognizer models pull facenet-vggface2" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("model", ["dlib-resnet-v1", "facenet-vggface2"])
def test_a_gpu_that_is_required_and_missing_is_said_in_one_sentence(tmp_path: Path, model: str) -> None:
    urls = dict.fromkeys(("ADSUM_INGRESS_URL", "ADSUM_BROKER_URL"), "redis://127.0.0.1:1/0")
    settings = {
        "ADSUM_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "ADSUM_SECRET_KEY": new_secret_key(),
    }
    asked = {"ADSUM_EMBEDDER": model, "ADSUM_REQUIRE_GPU": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = run("worker", ADSUM_MODELS_DIR=str(tmp_path), **asked, **urls, **settings)
    assert done.returncode == 2
    assert done.stderr.startswith("adsum-recognizer: ADSUM_REQUIRE_GPU is set")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_dispatcher_and_worker_run_as_processes(
    classroom: Any, database_url: str, ingress_url: str, broker_url: str
) -> None:
    """The real model finds nobody in noise: the sighting is there, its track is unknown, the stream empty."""
    classroom.student(1), classroom.lesson()
    classroom.show(1, 0.97, uuid4(), 10)
    environment = os.environ | {
        "ADSUM_DATABASE_URL": database_url,
        "ADSUM_INGRESS_URL": ingress_url,
        "ADSUM_BROKER_URL": broker_url,
        "ADSUM_SECRET_KEY": classroom.secret_key,
        "ADSUM_EMBEDDER": "dlib-resnet-v1",
        "ADSUM_OLDEST_ACCEPTED_H": "1000000",
    }
    children = [subprocess.Popen([*COMMAND, role], env=environment) for role in ("dispatch", "worker")]
    try:
        until = time.monotonic() + 120
        while not classroom.commands() and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        for child in children:
            child.send_signal(signal.SIGTERM)
        statuses = [child.wait(30) for child in children]
    assert [command.type for command in classroom.commands()] == ["committed"]
    assert classroom.client.xlen(routes.events_stream(classroom.camera.id)) == 0
    assert statuses == [0, 0]
