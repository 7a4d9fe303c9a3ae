"""A camera agent without eyes: it spools drawn crops, and its real links bring them to the server.

`python -m benchmarks.fault_camera FILE`: the file says who the camera is, where its server and its spool are,
and which other file holds the number of crops it is to have spooled; that number may grow. Which crop comes
next is kept in the transaction that spools one, so that a kill neither skips nor repeats any.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Final
from uuid import UUID

from adsum_camera.adapters.commands import CommandReader
from adsum_camera.adapters.publisher import Publisher, PublishPolicy
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Spool
from adsum_camera.clock import SystemClock
from adsum_camera.credentials import Credentials
from adsum_camera.links import Links
from adsum_contracts.ids import CameraId
from adsum_recognizer.bench.replay import nth_crop
from adsum_recognizer.bench.school import ReplayedCamera

SPOOLED: Final = "spooled"
"""Under this name the spool keeps how many crops it was given."""

LOOK_EVERY_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """What the camera is told: the texts of a `ReplayedCamera`, and where everything is."""

    camera_id: str
    key: str
    roster: tuple[int, int]
    first_lesson: str
    lessons: int
    ingress_url: str
    spool: str
    goal: str
    resend_after_s: float

    @property
    def camera(self) -> ReplayedCamera:
        """Who it is."""
        return ReplayedCamera(
            CameraId(UUID(self.camera_id)),
            bytes.fromhex(self.key),
            range(*self.roster),
            datetime.fromisoformat(self.first_lesson),
            self.lessons,
        )


def main(file: str) -> int:
    """Spool and send until killed; return the exit status."""
    plan = CameraPlan(**json.loads(Path(file).read_text(encoding="utf-8")))
    camera, clock = plan.camera, SystemClock()
    policy = PublishPolicy(resend_after_s=plan.resend_after_s)
    sign = Path(os.environ["ADSUM_SIGN_OF_LIFE"])
    with closing(Spool(Path(plan.spool), camera.id, camera.key)) as spool:
        who = camera.id, Credentials.of_key(camera.key), clock
        publisher = Publisher(spool, connected(plan.ingress_url), *who, policy)
        reader = CommandReader(spool, connected(plan.ingress_url), *who, SimpleQueue())
        with closing(Links(publisher, reader)) as links:
            while True:
                links.check()
                sign.touch()
                spool_up_to(_goal(plan), spool, camera)
                time.sleep(LOOK_EVERY_S)


def spool_up_to(goal: int, spool: Spool, camera: ReplayedCamera) -> None:
    """Spool the crops that are not spooled yet."""
    for nth in range(int(spool.state(SPOOLED) or 0), goal):
        kept = spool.append(
            lambda spool_id, sequence, nth=nth: nth_crop(camera, nth, spool_id, sequence)[0],
            nth_crop(camera, nth, spool.id, 0)[1],
            state={SPOOLED: str(nth + 1)},
        )
        if kept is None:
            raise OSError("the spool's disk is full")


def _goal(plan: CameraPlan) -> int:
    return int(Path(plan.goal).read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
