"""`kill -9` at random moments: what was kept gets to the server, and the server has it once."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
import redis

from adsum_camera.adapters.publisher import Publisher
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Spool
from adsum_camera.clock import SystemClock
from adsum_contracts.commands import Committed
from adsum_contracts.events import CAMERA_EVENT
from adsum_contracts.ids import CameraId, CommandId
from adsum_contracts.routes import commands_stream, events_stream
from adsum_contracts.sealing import seal, unseal

CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
CHILD = Path(__file__).with_name("spooling_child.py")

log = logging.getLogger(__name__)


class Server:
    """Takes entries as they come, keeps each once, and confirms seven of ten; the others come again."""

    def __init__(self, url: str, random: Random) -> None:
        self._url, self._random = url, random
        self.kept: dict[tuple[UUID, int], tuple[bytes, bytes]] = {}
        self.copies = 0
        self.faults: list[str] = []
        self._stop = Event()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        last = b"0"
        with redis.Redis.from_url(self._url) as client:
            while not self._stop.is_set():
                for _, entries in client.xread({events_stream(CAMERA): last}, count=100, block=50) or ():
                    for entry_id, fields in entries:
                        last = entry_id
                        self._take(client, fields)

    def _take(self, client: redis.Redis, fields: dict[bytes, bytes]) -> None:
        entry = unseal("event", fields, KEY)
        event = CAMERA_EVENT.validate_json(entry.body)
        content = entry.body, entry.blob
        place = event.spool_id, event.sequence
        self.copies += place in self.kept
        if self.kept.setdefault(place, content) != content:
            self.faults.append(f"sequence {event.sequence} came with two contents")
        if self._random.random() < 0.7:
            self._confirm(client, *place)

    def _confirm(self, client: redis.Redis, spool_id: UUID, sequence: int) -> None:
        command = Committed.model_validate(
            {
                "camera_id": CAMERA,
                "command_id": CommandId(uuid4()),
                "issued_at": "2026-02-11T12:00:00Z",
                "spool_id": spool_id,
                "sequences": (sequence,),
            }
        )
        client.xadd(commands_stream(CAMERA), seal("command", command.model_dump_json().encode(), b"", KEY))


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


def kill_again_and_again(folder: Path, url: str, kills: int) -> None:
    seed = uuid4().hex
    random = Random(seed)
    server = Server(url, random)
    said: list[int] = []
    try:
        for number in range(kills):
            command = [sys.executable, str(CHILD), str(folder), url, f"{seed}-{number}"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as child:
                said += killed_after(child, random)
        with closing(Spool(folder, CAMERA, KEY)) as spool:
            left = len(spool.waiting(1_000_000))
            dropped = spool.dropped
            send_the_rest(spool, url, server)
    finally:
        server.close()
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


def send_the_rest(spool: Spool, url: str, server: Server) -> None:
    """What waited when the last child was killed is sent by whoever comes next."""
    waiting = {(spool.id, sequence) for sequence in spool.waiting(1_000_000)}
    with connected(url) as client:
        Publisher(spool, client, CAMERA, KEY, SystemClock()).publish_due()
    deadline = time.monotonic() + 30
    while not waiting <= set(server.kept):
        assert time.monotonic() < deadline, "the rest never arrived"
        time.sleep(0.05)


def test_killed_at_random_moments_it_loses_nothing(tmp_path: Path, ingress_url: str) -> None:
    kill_again_and_again(tmp_path, ingress_url, kills=5)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_a_hundred_times_it_loses_nothing(tmp_path: Path, ingress_url: str) -> None:
    kill_again_and_again(tmp_path, ingress_url, kills=100)
