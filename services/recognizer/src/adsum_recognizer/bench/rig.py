"""What is measured: the service's own processes on servers of their own, and a school whose cameras send."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import httpx
import redis
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import ColumnElement, Double, Select, cast, func, literal_column, select

from adsum_contracts.models import DLIB_RESNET_V1, FACENET_VGGFACE2
from adsum_recognizer.adapters.backlog import FOLLOW_UPS
from adsum_recognizer.bench.child import THUMBNAIL, UNTRAINED, stand_in
from adsum_recognizer.bench.replay import CROPS_A_LESSON, Place, Replay, encoded_in_advance
from adsum_recognizer.bench.school import found_school
from adsum_recognizer.embedders import load_embedder
from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.ports import Embedder
from adsum_recognizer.runtime import redis_client
from adsum_recognizer.settings import ModelSettings
from adsum_store.engine import create_store_engine
from adsum_store.models import Sighting, Track
from adsum_store.scratch import Scratch, scratch_servers
from adsum_store.sealing import Vault, new_secret_key
from adsum_store.unit_of_work import Store

EMBEDDERS: Final = (THUMBNAIL, UNTRAINED, "dlib-resnet-v1", "facenet-vggface2")
CROPS_IN_ALL: Final = 60_000
"""Lessons are there for about so many, spread over the cameras; from then on a day is sent again."""

HOST: Final = "127.0.0.1"
START_PATIENCE_S: Final = 120.0

Samples = Mapping[str, float]


class BenchFailed(RecognizerError):  # noqa: N818 - reads as the sentence it is
    """A measurement could not be made."""


@dataclass(slots=True)
class Process:
    """A process of the service, and where it tells of itself."""

    role: str
    running: subprocess.Popen[bytes]
    port: int

    def samples(self) -> Samples:
        """Return its metrics, each by its name and label; raise `BenchFailed` when it does not tell."""
        try:
            text = httpx.get(f"http://{HOST}:{self.port}/metrics", timeout=10).text
        except httpx.HTTPError as error:
            raise BenchFailed(f"the {self.role} does not answer: {type(error).__name__}") from error
        families = text_string_to_metric_families(text)
        return {
            " ".join((sample.name, *sample.labels.values())): sample.value
            for family in families
            for sample in family.samples
        }

    @property
    def is_ready(self) -> bool:
        """Whether it has begun; raises `BenchFailed` where it has ended instead."""
        if self.running.poll() is not None:
            raise BenchFailed(f"the {self.role} ended with status {self.running.returncode}")
        try:
            return httpx.get(f"http://{HOST}:{self.port}/healthz", timeout=2).is_success
        except httpx.HTTPError:
            return False


@dataclass(slots=True)
class Rig:
    """A dispatcher, workers, and cameras that send; the api's worker is not there, its queue is emptied."""

    replay: Replay
    dispatcher: Process
    workers: Sequence[Process]
    ingress: redis.Redis
    broker: redis.Redis
    store: Store

    def forget_follow_ups(self) -> None:
        """Empty the api's queue, which nobody here does."""
        self.broker.delete(FOLLOW_UPS)

    def committed_at(self) -> dict[Place, float]:
        """Return when (`time.time`) the row of each crop was committed."""
        return self._at(select(Sighting.spool_id, Sighting.sequence, _commit_of(Sighting)))

    def decided_at(self) -> dict[Place, float]:
        """Return when (`time.time`) the decision that counts the newest crop of each track was committed."""
        newest = (
            (Sighting.lesson_id == Track.lesson_id)
            & (Sighting.track_id == Track.id)
            & (Sighting.captured_at == Track.captured_at)
        )
        return self._at(select(Sighting.spool_id, Sighting.sequence, _commit_of(Track)).join(Track, newest))

    def undecided(self) -> int:
        """Return how many stored crops no decision has counted."""
        counted = select(func.coalesce(func.sum(Track.sightings), 0)).scalar_subquery()
        stored = select(func.count()).select_from(Sighting).scalar_subquery()
        with self.store.begin() as work:
            return int(work.session.scalar(select(stored - counted)) or 0)

    def _at(self, query: Select[UUID, int, float]) -> dict[Place, float]:
        with self.store.begin() as work:
            rows = work.session.execute(query)
            return {(spool_id, sequence): float(seconds) for spool_id, sequence, seconds in rows}


def _commit_of(table: type[Sighting | Track]) -> ColumnElement[float]:
    xmin: ColumnElement[int] = literal_column(f"{table.__tablename__}.xmin")
    return cast(func.extract("epoch", func.pg_xact_commit_timestamp(xmin)), Double)


@contextmanager
def rig(cameras: int, workers: int, embedder: str) -> Iterator[Rig]:
    """Start everything for one point, and leave nothing behind; raise `NoServers` or `BenchFailed`."""
    with ExitStack() as closing:
        scratch = closing.enter_context(scratch_servers())
        secret_key = new_secret_key()
        store = Store(create_store_engine(scratch.database_url, application="adsum-bench"))
        closing.callback(store.engine.dispose)
        lessons = max(2, CROPS_IN_ALL // (cameras * CROPS_A_LESSON))
        school = found_school(
            store, Vault(secret_key), _embedder(embedder), cameras, lessons, datetime.now(UTC)
        )
        encoded_in_advance(school)
        ingress, broker = redis_client(scratch.ingress_url), redis_client(scratch.broker_url)
        closing.callback(ingress.close)
        closing.callback(broker.close)
        environment = _environment(scratch, secret_key, embedder)
        dispatcher = closing.enter_context(_process("dispatch", environment))
        crew = [closing.enter_context(_process("worker", environment, embedder)) for _ in range(workers)]
        yield Rig(Replay(ingress, school), dispatcher, crew, ingress, broker, store)


def _embedder(name: str) -> Embedder:
    return stand_in(name) or load_embedder(ModelSettings.model_validate({"embedder": name}))


def _environment(scratch: Scratch, secret_key: str, embedder: str) -> dict[str, str]:
    passes_for = {THUMBNAIL: DLIB_RESNET_V1.name, UNTRAINED: FACENET_VGGFACE2.name}
    return dict(os.environ) | {
        "ADSUM_DATABASE_URL": scratch.database_url,
        "ADSUM_INGRESS_URL": scratch.ingress_url,
        "ADSUM_BROKER_URL": scratch.broker_url,
        "ADSUM_SECRET_KEY": secret_key,
        "ADSUM_EMBEDDER": passes_for.get(embedder, embedder),
        "OMP_NUM_THREADS": "1",
    }


@contextmanager
def _process(role: str, environment: Mapping[str, str], *arguments: str) -> Iterator[Process]:
    port = _free_port()
    command = (sys.executable, "-m", "adsum_recognizer.bench.child", role, *arguments)
    running = subprocess.Popen(
        command,
        env=dict(environment) | {"ADSUM_HEALTH_PORT": str(port)},
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Process(role, running, port)
    finally:
        running.kill()
        running.communicate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
