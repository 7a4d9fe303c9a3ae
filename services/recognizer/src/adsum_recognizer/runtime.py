"""The composition root: settings in, use cases out. Nothing else in this service builds anything."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import timedelta

import redis
from celery import Celery
from redis.backoff import NoBackoff
from redis.retry import Retry

from adsum_contracts.models import ModelSpec
from adsum_contracts.redis_url import open_redis
from adsum_recognizer.adapters.backlog import Backlog
from adsum_recognizer.adapters.due import DueDecisions
from adsum_recognizer.adapters.ingress import Ingress
from adsum_recognizer.adapters.queues import Queues, celery_app
from adsum_recognizer.clock import utc_now
from adsum_recognizer.handlers.deciding import Deciding
from adsum_recognizer.handlers.enrolment import Enrolment
from adsum_recognizer.handlers.faces import Faces
from adsum_recognizer.handlers.intake import Intake
from adsum_recognizer.handlers.opening import Opener
from adsum_recognizer.handlers.watching import Watching
from adsum_recognizer.ports import Embedders
from adsum_recognizer.settings import Settings
from adsum_recognizer.timeliness import AgePolicy
from adsum_store.engine import create_store_engine
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store
from adsum_vision.judge import FaceDetector
from adsum_vision.laps import Laps


@dataclass(frozen=True, slots=True)
class Connections:
    """What a process of this service talks to; nothing is connected before its first use."""

    store: Store
    ingress: Ingress
    app: Celery
    queues: Queues
    backlog: Backlog
    vault: Vault
    ages: AgePolicy
    laps: Laps
    broker: redis.Redis

    def intake(self) -> Intake:
        """The way of entries into the record."""
        opener = Opener(self.store, self.ingress, self.vault)
        return Intake(self.ingress, opener, utc_now, self.ages, self.laps)

    def faces(self, embedders: Embedders) -> Faces:
        """The use cases around crops."""
        return Faces(self.store, self.intake(), self.ingress, embedders, self.queues)

    def deciding(self, default: ModelSpec) -> Deciding:
        """The use cases around tracks; `default` is the model of schools that never chose one."""
        return Deciding(self.store, self.ingress, self.vault, self.queues, default, utc_now, self.laps)

    def enrolment(self, embedders: Embedders, detector: FaceDetector) -> Enrolment:
        """The use cases around templates."""
        return Enrolment(self.store, self.intake(), self.vault, detector, embedders, self.queues)

    def watching(self) -> Watching:
        """The use cases around what cameras say of themselves; needs no loaded model."""
        return Watching(self.store, self.intake(), self.queues)


def connect(settings: Settings, role: str) -> Connections:
    """Return the connections of a process."""
    app = celery_app(settings.broker_url)
    broker = redis_client(settings.broker_url)
    backlog = Backlog(broker)
    return Connections(
        store=Store(create_store_engine(settings.database_url, application=f"adsum-recognizer-{role}")),
        ingress=Ingress(redis_client(settings.ingress_url), _consumer_name(role)),
        app=app,
        queues=Queues(app, backlog, DueDecisions(broker)),
        backlog=backlog,
        vault=Vault(settings.secret_key),
        ages=AgePolicy(oldest=timedelta(hours=settings.oldest_accepted_h)),
        laps=Laps(),
        broker=broker,
    )


def redis_client(url: str) -> redis.Redis:
    """Return a client whose every call ends within seconds when the server is away, or is there and silent.

    By itself redis-py would ask ten times more, and take minutes to give up: longer than it takes until a
    process is thought to be stuck. Once more is enough for a connection that broke while nobody used it.
    """
    return open_redis(
        url,
        retry=Retry(NoBackoff(), 1),
        socket_timeout=10,
        socket_connect_timeout=5,
        socket_keepalive=True,
        health_check_interval=10,
    )


def _consumer_name(role: str) -> str:
    """Name the consumer after its host alone: a restarted process goes on as the same one."""
    return f"{role}-{socket.gethostname()}"
