"""A school changes its model while a worker works and crops come in: nothing stops, and nothing is lost.

Run as a program this is the worker: its FaceNet is a thumbnail, its dlib is real.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
import redis
from cryptography.fernet import Fernet
from sqlalchemy import func, select, update

from adsum_contracts.logs import log_to_stderr
from adsum_contracts.models import DLIB_RESNET_V1, FACENET_VGGFACE2, ModelSpec
from adsum_recognizer.bench.child import NoFaces
from adsum_recognizer.bench.portraits import portrait
from adsum_recognizer.bench.replay import Replay, encoded_in_advance
from adsum_recognizer.bench.school import found_school
from adsum_recognizer.bench.thumbnail import ThumbnailEmbedder
from adsum_recognizer.crop_file import packed
from adsum_recognizer.embedders import LoadedEmbedders, load_embedder
from adsum_recognizer.ports import Embedder
from adsum_recognizer.settings import ModelSettings, Settings, read_settings
from adsum_recognizer.worker import consume
from adsum_store.models import ModelChoice, School, Sighting, Student, Template, Track
from adsum_store.repositories import kept_crops
from adsum_store.repositories.kept_crops import NewCrop
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store

DLIB, FACENET = DLIB_RESNET_V1.id, FACENET_VGGFACE2.id
WORKER = (sys.executable, __file__)
DISPATCHER = (sys.executable, "-m", "adsum_recognizer.bench.child", "dispatch")
REEMBED = (sys.executable, "-m", "adsum_recognizer", "reembed")
PATIENCE_S = 120.0


class Thumbnails(ThumbnailEmbedder):
    """The deployed model of this school, as far as anybody can tell."""

    spec: ModelSpec = FACENET_VGGFACE2


def load(spec: ModelSpec) -> Embedder:
    if spec == FACENET_VGGFACE2:
        return Thumbnails()
    return load_embedder(ModelSettings.model_validate({"embedder": spec.name}))


class Site:
    """A room whose camera sends all the time, and whose students' faces are kept."""

    def __init__(self, store: Store, client: redis.Redis, secret_key: str) -> None:
        self.store = store
        vault = Vault(secret_key)
        cameras = found_school(store, vault, Thumbnails(), 1, 2, datetime.now(UTC))
        encoded_in_advance(cameras)
        self.replay, self.students = Replay(client, cameras), len(cameras[0].roster)
        with store.begin() as work:
            work.session.execute(update(School).values(keep_enrolment_crops=True))
            for student in work.session.scalars(select(Student)):
                sealed = vault.seal(packed(portrait(int(student.number), 0).crop))
                crop = NewCrop(student.school_id, student.id, sealed, 0.6, "photo", "view:0")
                kept_crops.add(work.session, crop)

    def templates(self, model: str) -> int:
        return self._count(select(func.count()).select_from(Template).where(Template.model_id == model))

    def named_by(self, model: str) -> int:
        """How many sightings were made with this model, and have candidates."""
        found = (Sighting.model_id == model) & (func.jsonb_array_length(Sighting.candidates) > 0)
        return self._count(select(func.count()).select_from(Sighting).where(found))

    def active(self) -> str:
        with self.store.begin() as work:
            return str(work.session.scalar(select(ModelChoice.active_id)))

    def named(self) -> int:
        return self._count(select(func.count()).select_from(Track).where(Track.decision == "recognised"))

    def _count(self, query: Any) -> int:
        with self.store.begin() as work:
            return int(work.session.scalar(query) or 0)


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"in {PATIENCE_S:.0f} s it never came to this: {what}"
        time.sleep(0.02)


@contextmanager
def sending(site: Site) -> Iterator[None]:
    """Crops come in, a few at a time, whatever else happens."""
    stop = Event()

    def send() -> None:
        while not stop.wait(0.2):
            if site.replay.waiting() < 16:
                site.replay.send(4)

    camera = Thread(target=send, name="camera")
    camera.start()
    try:
        yield
    finally:
        stop.set()
        camera.join()


@contextmanager
def process(command: tuple[str, ...], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


@pytest.fixture
def environment(database_url: str, ingress_url: str, broker_url: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ADSUM_")}
    return plain | {
        "ADSUM_DATABASE_URL": database_url,
        "ADSUM_INGRESS_URL": ingress_url,
        "ADSUM_BROKER_URL": broker_url,
        "ADSUM_SECRET_KEY": Fernet.generate_key().decode(),
        "ADSUM_EMBEDDER": FACENET_VGGFACE2.name,
        "ADSUM_BATCH_MAX": "4",
    }


@pytest.fixture
def site(store: Store, ingress_url: str, environment: dict[str, str]) -> Iterator[Site]:
    with redis.Redis.from_url(ingress_url) as client:
        yield Site(store, client, environment["ADSUM_SECRET_KEY"])


def seen_by(site: Site, model: str) -> None:
    """Wait for a few more sightings by this model."""
    enough = site.named_by(model) + 8
    until(lambda: site.named_by(model) >= enough, f"more sightings by {model}")


def command(environment: dict[str, str], *arguments: str) -> str:
    """Run `adsum-recognizer reembed …` and return what it prints."""
    done = subprocess.run(
        [*REEMBED, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
@pytest.mark.timeout(420)
def test_there_and_back_under_a_live_worker_and_killed_half_way(
    site: Site, environment: dict[str, str]
) -> None:
    reembed = partial(command, environment)
    to_dlib = ("--to", DLIB_RESNET_V1.name, "--share", "1")
    with process(DISPATCHER, environment), process(WORKER, environment) as worker, sending(site):
        seen_by(site, FACENET)
        until(lambda: site.named() > 0, "somebody has a name")

        with process((*REEMBED, *to_dlib), environment) as changing:
            until(lambda: site.templates(DLIB) >= 2 or changing.poll() is not None, "it has begun")
            changing.send_signal(signal.SIGKILL)
            assert changing.wait() == -signal.SIGKILL
        assert 2 <= site.templates(DLIB) < site.students, "it was killed in the middle"
        assert site.active() == FACENET
        seen_by(site, FACENET)

        made = site.templates(DLIB)
        assert json.loads(reembed(*to_dlib, "--json"))["templates"] == site.students - made
        seen_by(site, FACENET)
        until(lambda: json.loads(reembed("compare", "--json"))["crops"] >= 4, "both looked at live crops")
        assert site.named_by(DLIB) == 0, "and the one on trial named nobody"

        reembed("switch", "--by", "A. Keller", "--during-lessons")
        seen_by(site, DLIB)
        reembed("back", "--during-lessons")
        seen_by(site, FACENET)
        assert worker.poll() is None, "the same worker all the while"
        until(lambda: site.replay.waiting() < 16, "it keeps up")
    check_nothing_is_lost(site, environment)


def check_nothing_is_lost(site: Site, environment: dict[str, str]) -> None:
    """Whoever comes next finds the rest, and every crop is one sighting, by one model or the other."""
    with process(DISPATCHER, environment | {"ADSUM_RECLAIM_AFTER_S": "1.5"}), process(WORKER, environment):
        until(lambda: site.replay.waiting() == 0, "every stream is empty")
    with site.store.begin() as work:
        stored = work.session.execute(select(Sighting.spool_id, Sighting.sequence)).all()
    assert sorted(map(tuple, stored)) == sorted(site.replay.sent_at)
    assert site.named_by(FACENET) + site.named_by(DLIB) == len(stored)


if __name__ == "__main__":
    log_to_stderr("recognizer")
    sys.exit(consume(read_settings(Settings), LoadedEmbedders(FACENET_VGGFACE2, load), NoFaces()))
