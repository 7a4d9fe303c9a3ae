"""A master is killed: the same client and the same Celery app go on with its replica."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError
from redis import Redis, RedisError

from adsum_local.children import start_child, stop_child
from adsum_local.ports import LOOPBACK, free_port
from adsum_local.redis_server import redis_binary
from adsum_recognizer.adapters.queues import celery_app
from adsum_recognizer.runtime import redis_client

PASSWORD = "s3cret"
SERVER = f"""bind {LOOPBACK}
requirepass {PASSWORD}
masterauth {PASSWORD}
repl-diskless-sync-delay 0
save ""
"""


@dataclass(frozen=True)
class Watched:
    """A master, its replica and three Sentinels."""

    url: str
    master: subprocess.Popen[bytes]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    first, second, *guards = (free_port() for _ in range(5))
    children = [_server(tmp_path, first), _server(tmp_path, second, f"replicaof {LOOPBACK} {first}")]
    try:
        with Redis(port=first, password=PASSWORD) as master:
            _until(lambda: master.info("replication")["connected_slaves"] == 1)
            _until(lambda: master.wait(1, 100) == 1)
        children += [_sentinel(tmp_path, port, first) for port in guards]
        for port in guards:
            with Redis(port=port) as guard:
                _until(lambda guard=guard: _knows_everybody(guard))  # type: ignore[misc]
        places = ",".join(f"{LOOPBACK}:{port}" for port in guards)
        yield Watched(f"redis+sentinel://:{PASSWORD}@{places}/school/0", children[0])
    finally:
        for child in children:
            stop_child(child)


def test_a_killed_master_is_followed_by_its_replica(watched: Watched) -> None:
    app = celery_app(watched.url)
    with redis_client(watched.url) as client:
        client.set("before", "1")
        app.send_task("before", queue="lessons")
        assert client.wait(1, 5000) == 1

        watched.master.send_signal(signal.SIGKILL)
        watched.master.wait()

        _until(lambda: client.set("after", "1"))
        _until(lambda: app.send_task("after", queue="lessons"))
        assert client.get("before") == b"1"
        with app.connection_for_read() as connection, connection.SimpleQueue("lessons") as queue:
            names = [queue.get(timeout=5).headers["task"] for _ in range(2)]
    app.close()
    assert names == ["before", "after"]


def _server(folder: Path, port: int, *more: str) -> subprocess.Popen[bytes]:
    config = folder / f"{port}.conf"
    config.write_text("\n".join((SERVER, f"port {port}", f'dir "{folder}"', *more, "")), encoding="utf-8")
    return start_child((str(redis_binary()), str(config)), quiet=True)


def _sentinel(folder: Path, port: int, master: int) -> subprocess.Popen[bytes]:
    config = folder / f"sentinel-{port}.conf"
    lines = (
        f"bind {LOOPBACK}",
        f"port {port}",
        f"sentinel monitor school {LOOPBACK} {master} 2",
        f"sentinel auth-pass school {PASSWORD}",
        "sentinel down-after-milliseconds school 1000",
        "sentinel failover-timeout school 5000",
    )
    config.write_text("\n".join((*lines, "")), encoding="utf-8")
    return start_child((str(redis_binary()), str(config), "--sentinel"), quiet=True)


def _knows_everybody(guard: Redis) -> bool:
    state = guard.sentinel_masters()["school"]
    return bool(state["num-slaves"] == 1 and state["num-other-sentinels"] == 2)


def _until(attempt: Callable[[], object], seconds: float = 60) -> None:
    """Try until it returns something true; a server that is away is asked again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if attempt():
                return
        except (RedisError, OperationalError):
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("the servers did not come to it")
        time.sleep(0.1)
