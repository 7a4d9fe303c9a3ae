"""`adsum servers`: empty servers for a measurement or for development, gone when whoever asked is gone."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psycopg
import redis

from adsum_local.children import start_child, stop_child
from adsum_local.errors import ServiceFailed
from adsum_local.ports import free_port
from adsum_local.postgres_server import PostgresServer
from adsum_local.redis_server import RedisServer

PATIENCE_S: Final = 60.0
COMMIT_TIMES: Final = ("-c", "track_commit_timestamp=on")
"""Whoever measures may ask when a row was committed, not only when its transaction began."""


@dataclass(frozen=True, slots=True)
class ServerUrls:
    """Where they are: an empty database without tables, and two empty Redis servers."""

    database_url: str
    ingress_url: str
    broker_url: str


def run_servers() -> None:
    """Print the addresses as one JSON object, then keep the servers until standard input ends."""
    with empty_servers() as urls:
        sys.stdout.write(json.dumps(asdict(urls)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


@contextmanager
def empty_servers() -> Iterator[ServerUrls]:
    """Run PostgreSQL and two Redis servers in a folder that is gone afterwards; raise `ServiceFailed`."""
    folder = Path(tempfile.mkdtemp(prefix="adsum-servers-"))
    folder.chmod(0o711)  # PostgreSQL's unprivileged user has to pass through
    password = secrets.token_urlsafe(16)
    postgres = PostgresServer(folder / "postgres", free_port(), password)
    pair = [RedisServer(folder / name, free_port(), password) for name in ("ingress", "broker")]
    with ExitStack() as running:
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres.prepare()
        _run(running, (*postgres.command, *COMMIT_TIMES), user=postgres.user, cwd=postgres.folder)
        for server in pair:
            server.prepare()
            _run(running, server.command)
        _await("PostgreSQL", lambda: psycopg.connect(postgres.url.replace("+psycopg", "")).close())
        for server in pair:
            _await("Redis", lambda url=server.url: _ping(url))  # type: ignore[misc]
        yield ServerUrls(postgres.url, pair[0].url, pair[1].url)


def _run(
    running: ExitStack, command: tuple[str, ...], *, user: str | None = None, cwd: Path | None = None
) -> None:
    running.callback(stop_child, start_child(command, user=user, cwd=cwd, quiet=True))


def _await(name: str, attempt: Callable[[], None]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return attempt()
        except (psycopg.OperationalError, redis.ConnectionError) as error:
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{name} did not answer within {PATIENCE_S:.0f} s") from error
            time.sleep(0.05)


def _ping(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.ping()
