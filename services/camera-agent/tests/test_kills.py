"""`kill -9` at random moments: what was kept gets to the server, and the server has it once."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis

from adsum_camera.adapters.publisher import Publisher
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Spool
from adsum_camera.clock import SystemClock
from adsum_camera.credentials import Credentials
from adsum_contracts.ids import CameraId

CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
CHILD = Path(__file__).with_name("spooling_child.py")

ServerMade = Callable[..., Any]

log = logging.getLogger(__name__)


@contextmanager
def taking(server: Any) -> Iterator[None]:
    """Let the server take what comes, in a thread of its own."""
    stop = Event()

    def run() -> None:
        while not stop.is_set():
            server.take(block_ms=50)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def killed_after(child: subprocess.Popen[bytes], random: Random) -> list[int]:
    """Kill the child at its work or, one time in five, on its way there; return what it said was kept."""
    assert child.stdout is not None
    at_work = random.random() < 0.8
    first = child.stdout.readline() if at_work else b""
    seconds = random.uniform(0, 0.6 if at_work else 1.5)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
    lines = [first, *child.stdout.read().splitlines(keepends=True)]
    child.stdout.close()
    assert child.wait() == -9
    return [int(line) for line in lines if line.endswith(b"\n")]


def kill_again_and_again(folder: Path, url: str, kills: int, server_made: ServerMade) -> None:
    seed = uuid4().hex
    random = Random(seed)
    said: list[int] = []
    with redis.Redis.from_url(url) as client:
        server = server_made(client, lambda: random.random() < 0.7)
        with taking(server):
            for number in range(kills):
                command = [sys.executable, str(CHILD), str(folder), url, f"{seed}-{number}"]
                with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as child:
                    said += killed_after(child, random)
            with closing(Spool(folder, CAMERA, KEY)) as spool:
                left = len(spool.waiting(1_000_000))
                dropped = spool.dropped
                send_the_rest(spool, url, server)
    stored = {sequence for _, sequence in server.kept}
    log.info(
        "%d kills (seed %s): %d events said to be kept, %d waiting after the last kill, %d stored by the "
        "server, %d copies recognised, %d lost",
        *(kills, seed, len(said), left, len(stored), server.copies, len(set(said) - stored)),
    )
    assert server.faults == []
    assert len(said) == len(set(said)), "a sequence was given to two events"
    assert set(said) - stored == set()
    assert {spool_id for spool_id, _ in server.kept} == {spool.id}
    assert dropped == 0


def send_the_rest(spool: Spool, url: str, server: Any) -> None:
    """What waited when the last child was killed is sent by whoever comes next."""
    waiting = {(spool.id, sequence) for sequence in spool.waiting(1_000_000)}
    with connected(url) as client:
        Publisher(spool, client, CAMERA, Credentials.of_key(KEY), SystemClock()).publish_due()
    deadline = time.monotonic() + 30
    while not waiting <= set(server.kept):
        assert time.monotonic() < deadline, "the rest never arrived"
        time.sleep(0.05)


def test_killed_at_random_moments_it_loses_nothing(
    tmp_path: Path, ingress_url: str, confirming_server: ServerMade
) -> None:
    kill_again_and_again(tmp_path, ingress_url, 5, confirming_server)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_a_hundred_times_it_loses_nothing(
    tmp_path: Path, ingress_url: str, confirming_server: ServerMade
) -> None:
    kill_again_and_again(tmp_path, ingress_url, 100, confirming_server)
