"""The api on a real store with one school; what it sends is written down instead of sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import redis
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adsum_api.main import build_app
from adsum_api.runtime import Runtime
from adsum_api.school.service import ensure_school
from adsum_contracts.commands import AnyCommand
from adsum_contracts.message import Message
from adsum_store.models import School
from adsum_store.sealing import Vault, new_secret_key
from adsum_store.unit_of_work import Store

TOKEN = "the-token-of-these-tests"


@dataclass
class SentTasks:
    """A `TaskSender` that remembers; `names` in the order of sending."""

    sent: list[tuple[str, str, Message]] = field(default_factory=list)

    def send(self, task: str, queue: str, message: Message) -> None:
        self.sent.append((task, queue, message))

    @property
    def names(self) -> list[str]:
        return [task for task, _, _ in self.sent]


@dataclass
class SentCommands:
    """A `CameraCommands` that remembers."""

    sent: list[tuple[UUID, bytes, AnyCommand]] = field(default_factory=list)

    def send(self, camera_id: UUID, key: bytes, command: AnyCommand) -> None:
        self.sent.append((camera_id, key, command))


@dataclass
class HandClock:
    """A `Clock` that a test sets."""

    now: datetime = datetime(2026, 2, 11, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture
def school(store: Store) -> School:
    """The one school; its zone is an hour ahead of UTC in February."""
    with store.begin() as work:
        return ensure_school(work, "Test school", "Europe/Zurich")


@pytest.fixture
def tasks() -> SentTasks:
    """Tasks that were queued."""
    return SentTasks()


@pytest.fixture
def commands() -> SentCommands:
    """Commands that were sent to cameras."""
    return SentCommands()


@pytest.fixture
def clock() -> HandClock:
    """The time, Wednesday 2026-02-11 09:30 UTC until moved."""
    return HandClock()


@pytest.fixture
def runtime(
    store: Store, school: School, tasks: SentTasks, commands: SentCommands, clock: HandClock,
    ingress_url: str, broker_url: str,
) -> Iterator[Runtime]:  # fmt: skip
    """Everything that endpoints and tasks reach the world through."""
    with redis.Redis.from_url(ingress_url) as ingress, redis.Redis.from_url(broker_url) as broker:
        yield Runtime(store, Vault(new_secret_key()), tasks, commands, ingress, broker, clock)


@pytest.fixture
def api(runtime: Runtime) -> FastAPI:
    """The application."""
    return build_app(runtime, TOKEN)


@pytest.fixture
def client(api: FastAPI) -> Iterator[TestClient]:
    """A caller with the token."""
    with TestClient(
        api, headers={"Authorization": f"Bearer {TOKEN}"}, raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture
def stranger(api: FastAPI) -> Iterator[TestClient]:
    """A caller without the token."""
    with TestClient(api, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client
