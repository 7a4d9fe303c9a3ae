"""Says events and publishes them until it is killed; prints each sequence once it is kept."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from random import Random
from threading import Thread
from uuid import UUID

from adsum_camera.adapters.commands import CommandReader
from adsum_camera.adapters.publisher import Publisher
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Spool
from adsum_camera.clock import SystemClock
from adsum_camera.credentials import Credentials
from adsum_contracts.events import CommandReply
from adsum_contracts.ids import CameraId, CommandId, SpoolId

CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))


def reply(spool_id: SpoolId, sequence: int) -> CommandReply:
    return CommandReply(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=datetime.now(UTC),
        command_id=CommandId(UUID(int=9)), outcome="done",
    )  # fmt: skip


def main(folder: str, url: str, seed: str) -> None:
    random, clock = Random(seed), SystemClock()
    spool = Spool(Path(folder), CAMERA, KEY)
    publisher = Publisher(spool, connected(url), CAMERA, Credentials.of_key(KEY), clock)
    reader = CommandReader(spool, connected(url), CAMERA, Credentials.of_key(KEY), clock, SimpleQueue())
    for work in (publisher.run, reader.run):
        Thread(target=work, daemon=True).start()
    while True:
        sequence = spool.append(reply, random.randbytes(random.randrange(20_000)))
        os.write(1, b"%d\n" % (sequence or 0))
        clock.wait(random.random() / 100)


if __name__ == "__main__":
    main(*sys.argv[1:])
