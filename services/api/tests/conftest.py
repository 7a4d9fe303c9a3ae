"""The api on a real store with one school; what it sends is written down instead of sent."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import redis
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adsum_api.access.rights import Role
from adsum_api.accounts import service as accounts
from adsum_api.accounts.passwords import Passwords
from adsum_api.accounts.service import NewAccount
from adsum_api.attendance.seats import Seats
from adsum_api.main import build_app
from adsum_api.runtime import Runtime
from adsum_api.school.service import ensure_school
from adsum_contracts.commands import AnyCommand
from adsum_contracts.message import Message
from adsum_local.ports import free_port
from adsum_store.models import Account, School
from adsum_store.sealing import Vault, new_secret_key
from adsum_store.unit_of_work import Store

TOKEN = "the-token-of-these-tests"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


PASSWORD = "correct horse battery"
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""Hashes that take no time, and protect nothing."""


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
def environment(
    database_url: str, ingress_url: str, broker_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables of a complete installation."""
    for name in [name for name in os.environ if name.startswith("ADSUM_")]:
        monkeypatch.delenv(name)
    settings = {
        "ADSUM_DATABASE_URL": database_url,
        "ADSUM_INGRESS_URL": ingress_url,
        "ADSUM_BROKER_URL": broker_url,
        "ADSUM_SECRET_KEY": new_secret_key(),
        "ADSUM_STATE_DIR": str(tmp_path / "state"),
        "ADSUM_SCHOOL_NAME": "Test school",
        "ADSUM_SCHOOL_TIMEZONE": "Europe/Zurich",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


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
        yield Runtime(
            store, Vault(new_secret_key()), tasks, commands, ingress, broker, clock, passwords=QUICK
        )


@pytest.fixture
def add_account(runtime: Runtime, school: School) -> Callable[..., Account]:
    """Make an account at a school, the one there is otherwise, whose password is `PASSWORD`."""

    def add(
        username: str, role: Role = Role.OFFICE, password: str | None = PASSWORD, of: School = school
    ) -> Account:
        new = NewAccount(username, role, username.title(), f"{username}@school.example", password)
        with runtime.store.begin() as work:
            return accounts.add(work, of, runtime.passwords, new)

    return add


@pytest.fixture
def signed_in(api: FastAPI, add_account: Callable[..., Account]) -> Iterator[Callable[..., TestClient]]:
    """Make an account and return a browser in which it is signed in."""
    with ExitStack() as browsers:

        def sign_in(username: str, role: Role, of: School | None = None) -> TestClient:
            add_account(username, role, **({} if of is None else {"of": of}))
            browser = TestClient(api, follow_redirects=False, raise_server_exceptions=False)
            browsers.enter_context(browser)
            browser.post("/sign-in", data={"username": username, "password": PASSWORD})
            return browser

        yield sign_in


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
        client.event_hooks = {"request": [_with_a_key]}
        yield client


def _with_a_key(request: Any) -> None:
    """Unless the test says otherwise, give each POST a key of its own, and let an edit overwrite anything."""
    if request.method == "POST":
        request.headers.setdefault("Idempotency-Key", str(uuid4()))
    if request.method == "PATCH":
        request.headers.setdefault("If-Match", "*")


@pytest.fixture
def stranger(api: FastAPI) -> Iterator[TestClient]:
    """A caller without the token."""
    with TestClient(api, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@dataclass(frozen=True)
class Served:
    """The api, really listening; `url` without a slash at its end."""

    url: str
    token: str
    seats: Seats

    def get(self, path: str, **headers: str) -> httpx.Request:
        """A request with the token, to be sent by whoever streams the answer."""
        return httpx.Request(
            "GET", self.url + path, headers={"Authorization": f"Bearer {self.token}"} | headers
        )


@pytest.fixture
def served(runtime: Runtime) -> Iterator[Served]:
    """The api on a port of its own, until the test is over."""
    token = "the-token-of-the-served-api"
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            build_app(runtime, token), port=port, log_level="critical", timeout_graceful_shutdown=1
        )
    )
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Served(f"http://127.0.0.1:{port}", token, runtime.seats)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page(served: Any) -> Iterator[Any]:
    """A page of a real browser that has shown the token."""
    if not CHROMIUM.exists():
        pytest.skip("needs /usr/bin/chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"{served.url}/?token={served.token}")
        yield page
        browser.close()
