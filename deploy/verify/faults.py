"""More of each service, and the death of each server: what the composition makes of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Final

from deploy.verify.checks import Finding
from deploy.verify.composition import Composition

BACK_S: Final = 120
SERVERS: Final = ("postgres", "ingress", "broker", "api", "api-worker", "dispatcher", "recognizer", "proxy")


def scaled(composition: Composition, profiles: str) -> Iterator[Finding]:
    """Start three recognizers and two dispatchers."""
    wanted = ("--scale", "recognizer=3", "--scale", "dispatcher=2")
    composition.compose("up", "-d", "--no-recreate", *wanted, "recognizer", "dispatcher", profiles=profiles)
    well = composition.wait(composition.all_well, BACK_S)
    names = composition.containers()
    there = {"recognizer-3", "dispatcher-2"} <= names.keys()
    yield "three recognizers and two dispatchers, all well", well and there


def killed(composition: Composition) -> Iterator[Finding]:
    """End each server's process as a crash would, and wait until all is well again."""
    for service in SERVERS:
        before = composition.containers()[f"{service}-1"]["State"]
        os.kill(before["Pid"], signal.SIGKILL)
        started = time.monotonic()

        def back(service: str = service, pid: int = before["Pid"]) -> bool:
            now = composition.containers()[f"{service}-1"]["State"]
            return now["Running"] and now["Pid"] != pid and composition.all_well()

        is_back = composition.wait(back, BACK_S, every_s=1)
        yield f"kill -9 of {service}: all well again after {time.monotonic() - started:.0f} s", is_back
