"""Real servers for every test that asks: one PostgreSQL and one Redis for each test process."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from hypothesis import HealthCheck, settings
from psycopg import sql

from adsum_local.children import start_child, stop_child
from adsum_local.ports import free_port
from adsum_local.postgres_server import PostgresServer
from adsum_local.redis_server import RedisServer
from adsum_store.engine import create_store_engine
from adsum_store.migrations import upgrade
from adsum_store.unit_of_work import Store

SHARED_DATA = Path(__file__).parent.parent / "shared" / "data"

settings.register_profile("no-wall-time", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no-wall-time")
"""A busy machine fails no rule: how long an example takes is the suite's limit's business."""

UNSAFE_BUT_QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
"""A test that wants to lose power starts a server of its own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests run first: they wait for whole systems, which the quick ones of another worker fill."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's unprivileged user can enter, which pytest's own is not for root."""
    folder = Path(tempfile.mkdtemp(prefix="adsum-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[PostgresServer]:
    """A running PostgreSQL whose one database is migrated."""
    server = PostgresServer(server_folder / "postgres", free_port(), "test")
    server.prepare()
    child = start_child((*server.command, *UNSAFE_BUT_QUICK), user=server.user, cwd=server.folder, quiet=True)
    _wait(lambda: psycopg.connect(_plain(server.url)).close())
    upgrade(server.url)
    yield server
    stop_child(child)


@pytest.fixture
def database_url(postgres: PostgresServer) -> str:
    """The URL of a migrated, empty database; emptied in a hundredth of the time that making one takes."""
    with psycopg.connect(_plain(postgres.url), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        _empty(admin)
    return postgres.url


TABLES = """
    SELECT relname, pg_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
        AND pg_relation_size(oid) > 0
"""
GRAPHS = "SELECT relname FROM pg_class JOIN pg_am ON pg_am.oid = relam WHERE amname = 'hnsw'"
RESTART = """
    SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""
LEAST_TO_TRUNCATE = 4 * 2**20


def _empty(admin: psycopg.Connection[Any]) -> None:
    """Delete the few rows of most tests, which takes 5 ms. TRUNCATE takes 60, for new files of 300 tables and
    indexes, and leaves nothing behind: neither a large table's dead rows, nor a graph's.
    """
    found, graphs = admin.execute(TABLES).fetchall(), admin.execute(GRAPHS).fetchall()
    if graphs or sum(size for _, size in found) > LEAST_TO_TRUNCATE:
        admin.execute("TRUNCATE schools RESTART IDENTITY CASCADE")
        for (graph,) in graphs:
            admin.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(graph)))
        return
    with admin.transaction():
        admin.execute("LOCK TABLE schools")  # whoever still writes comes first
        # In any order, and past the rules against deleting.
        admin.execute("SET LOCAL session_replication_role = replica")
        for table, _ in found:
            admin.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        admin.execute(RESTART)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store on this test's own database."""
    engine = create_store_engine(database_url)
    yield Store(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def redis_pair(server_folder: Path) -> Iterator[tuple[RedisServer, RedisServer]]:
    """Two running Redis servers: ingress and broker."""
    servers = tuple(RedisServer(server_folder / name, free_port(), "test") for name in ("ingress", "broker"))
    for server in servers:
        server.prepare()
    children = [start_child(server.command, quiet=True) for server in servers]
    for server in servers:
        _wait(lambda server=server: _ping(server.url))  # type: ignore[misc]
    yield servers[0], servers[1]
    for child in children:
        stop_child(child)


@pytest.fixture
def ingress_url(redis_pair: tuple[RedisServer, RedisServer]) -> str:
    """An empty Redis for camera streams."""
    return _emptied(redis_pair[0].url)


@pytest.fixture
def broker_url(redis_pair: tuple[RedisServer, RedisServer]) -> str:
    """An empty Redis for Celery."""
    return _emptied(redis_pair[1].url)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The photos to measure with; the test is skipped where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the face photos are not here: {SHARED_DATA.name} beside the checkout's parent folder")
    return SHARED_DATA


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _ping(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.ping()


def _emptied(url: str) -> str:
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


def _wait(attempt: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            attempt()  # type: ignore[operator]
        except (psycopg.OperationalError, redis.ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
