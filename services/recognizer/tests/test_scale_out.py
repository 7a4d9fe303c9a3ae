"""More processes do more work, and whoever dies among them costs nothing: every sighting is there once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from cryptography.fernet import Fernet
from sqlalchemy import func, select

from adsum_contracts import routes
from adsum_contracts.commands import CAMERA_COMMAND, Committed
from adsum_contracts.routes import CONSUMER_GROUP, commands_stream, events_stream
from adsum_contracts.sealing import seal, unseal
from adsum_local.supervisor import Service, Supervisor
from adsum_recognizer.adapters.queues import celery_app
from adsum_recognizer.bench.replay import Replay, encoded_in_advance, nth_crop
from adsum_recognizer.bench.school import ReplayedCamera, found_school
from adsum_recognizer.bench.thumbnail import ThumbnailEmbedder
from adsum_store.models import Sighting, Track
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store

DISPATCHER = (sys.executable, "-m", "adsum_recognizer.bench.child", "dispatch")
QUICK_WORKER = (sys.executable, "-m", "adsum_recognizer.bench.child", "worker", "thumbnail")
WORKER = (sys.executable, "-m", "adsum_recognizer.bench.child", "worker")

Commands = Mapping[str, tuple[str, ...]]
CAMERAS = 6
WORK_IN_HAND = 40
"""Crops in the streams at which somebody is killed: every process is in the middle of something."""


def until(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"in {seconds:.0f} s it never came to this: {what}"
        time.sleep(0.02)


class Crew:
    """Processes that can be killed, each replaced by another of its kind."""

    def __init__(self, commands: Commands, environment: dict[str, str]) -> None:
        self._commands, self._environment = commands, environment
        self._running = {name: self._start(name) for name in commands}

    def kill(self, name: str) -> None:
        end(self._running[name])
        self._running[name] = self._start(name)

    def stop(self) -> None:
        for process in self._running.values():
            end(process)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._commands[name], env=self._environment, stdin=subprocess.PIPE)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


class Site:
    """A school under replay, and what became of what its cameras sent."""

    def __init__(self, store: Store, client: redis.Redis, broker: Celery, secret_key: str) -> None:
        self.store, self.client, self.broker = store, client, broker
        vault, now = Vault(secret_key), datetime.now(UTC)
        self.cameras = found_school(store, vault, ThumbnailEmbedder(), CAMERAS, 2, now)
        encoded_in_advance(self.cameras)
        self.replay = Replay(client, self.cameras)

    def keep_busy(self) -> None:
        """Send until that many crops wait or are being worked on."""
        if wanted := WORK_IN_HAND - self.replay.waiting():
            self.replay.send(wanted)

    def stored(self) -> list[tuple[Any, int]]:
        with self.store.begin() as work:
            rows = work.session.execute(select(Sighting.spool_id, Sighting.sequence)).all()
        return [(row.spool_id, row.sequence) for row in rows]

    def counted(self) -> int:
        """How many sightings the decisions on the tracks have counted."""
        with self.store.begin() as work:
            return int(work.session.scalar(select(func.coalesce(func.sum(Track.sightings), 0))) or 0)

    def all_counted(self) -> bool:
        """Whether they are; if not, sweep, as beat does: who died in a decision has taken its task along."""
        if self.counted() == self.replay.sent:
            return True
        self.broker.send_task(routes.SWEEP_UNDECIDED, queue=routes.QUEUE_DECIDE)
        time.sleep(1)
        return False

    def settled(self) -> bool:
        pending = [self.client.xpending(events_stream(each.id), CONSUMER_GROUP) for each in self.cameras]
        return not self.replay.waiting() and not any(each["pending"] for each in pending)

    def told(self, camera: ReplayedCamera) -> set[tuple[Any, int]]:
        """The crops that the camera was told it may forget."""
        rows = self.client.xrange(commands_stream(camera.id))
        commands = [CAMERA_COMMAND.validate_json(unseal("command", row, camera.key).body) for _, row in rows]
        committed = [command for command in commands if isinstance(command, Committed)]
        return {(each.spool_id, sequence) for each in committed for sequence in each.sequences}

    def check_once_each(self) -> None:
        """Every crop that was sent is one sighting, counted in one track, and its camera was told."""
        until(self.settled, "every stream is empty and nothing is pending")
        assert sorted(self.stored()) == sorted(self.replay.sent_at)
        until(self.all_counted, "every sighting is counted in its track")
        self.send_again(set(self.replay.sent_at) - self.told_in_all())
        until(lambda: self.told_in_all() == set(self.replay.sent_at), "every camera was told of every crop")
        assert sorted(self.stored()) == sorted(self.replay.sent_at)

    def told_in_all(self) -> set[tuple[Any, int]]:
        return set().union(*(self.told(camera) for camera in self.cameras))

    def send_again(self, places: set[tuple[Any, int]]) -> None:
        """Do what a camera does with what it was not told of: who settled it died before telling."""
        for camera, spool_id in self.replay.spools():
            for _, sequence in (place for place in places if place[0] == spool_id):
                event, jpeg = nth_crop(camera, sequence - 1, spool_id, sequence)
                fields = seal("event", event.model_dump_json().encode(), jpeg, camera.key)
                self.client.xadd(events_stream(camera.id), dict(fields.items()))


@pytest.fixture
def secret_key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
def site(store: Store, ingress_url: str, broker_url: str, secret_key: str) -> Iterator[Site]:
    with redis.Redis.from_url(ingress_url) as client:
        yield Site(store, client, celery_app(broker_url), secret_key)


@pytest.fixture
def environment(database_url: str, ingress_url: str, broker_url: str, secret_key: str) -> dict[str, str]:
    return dict(os.environ) | {
        "ADSUM_DATABASE_URL": database_url,
        "ADSUM_INGRESS_URL": ingress_url,
        "ADSUM_BROKER_URL": broker_url,
        "ADSUM_SECRET_KEY": secret_key,
        "ADSUM_EMBEDDER": "dlib-resnet-v1",
        "ADSUM_RECLAIM_AFTER_S": "1.5",
        "ADSUM_BATCH_MAX": "4",
        "ADSUM_BATCH_WAIT_S": "0.05",
    }


@contextmanager
def crew_of(commands: Commands, environment: dict[str, str]) -> Iterator[Crew]:
    crew = Crew(commands, environment)
    try:
        yield crew
    finally:
        crew.stop()


def three_and_two(worker: tuple[str, ...]) -> Commands:
    workers = dict.fromkeys(("worker one", "worker two", "worker three"), worker)
    return workers | dict.fromkeys(("dispatcher one", "dispatcher two"), DISPATCHER)


def work_goes_on(site: Site) -> None:
    """Keep the cameras sending until twenty more sightings are there, and leave work in hand."""
    enough = len(site.stored()) + 20
    while len(site.stored()) < enough:
        site.keep_busy()
        time.sleep(0.02)
    site.keep_busy()


def kill_in_turn(site: Site, everybody: Commands, environment: dict[str, str]) -> None:
    with crew_of(everybody, environment) as crew:
        for name in everybody:
            work_goes_on(site)
            crew.kill(name)
        site.check_once_each()


@pytest.mark.slow
def test_three_workers_and_two_dispatchers_killed_in_turn_store_every_sighting_once(
    site: Site, environment: dict[str, str]
) -> None:
    kill_in_turn(site, three_and_two(QUICK_WORKER), environment)


@pytest.mark.long
def test_the_same_holds_with_the_real_network(site: Site, environment: dict[str, str]) -> None:
    kill_in_turn(site, three_and_two(WORKER), environment | {"ADSUM_RECLAIM_AFTER_S": "10"})


@pytest.mark.slow
def test_a_worker_that_is_frozen_is_replaced_and_its_work_is_done_once(
    site: Site, environment: dict[str, str], tmp_path: Path
) -> None:
    sign = tmp_path / "worker.alive"
    told = environment | {"ADSUM_SIGN_OF_LIFE": str(sign), "ADSUM_STALLED_AFTER_S": "8"}
    worker = Service("worker", QUICK_WORKER, env=told, ready=sign.exists, sign_of_life=sign, silent_s=10)
    with Supervisor(lambda _name, _line: None) as supervisor:
        supervisor.start(Service("dispatcher", DISPATCHER, env=environment))
        supervisor.start(worker, patience_s=120)
        work_goes_on(site)
        frozen = supervisor.pid("worker")
        os.kill(frozen, signal.SIGSTOP)  # with tasks taken: no thread of its own can end it
        until(lambda: supervisor.pid("worker") != frozen, "the frozen worker is replaced")
        site.check_once_each()
