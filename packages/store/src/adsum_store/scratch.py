"""Servers of a measurement's own: no measurement ever touches a school's record.

They come from the embedded run, asked as a program: no service depends on it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from adsum_store.migrations import upgrade

COMMAND = (sys.executable, "-m", "adsum_local", "servers")


class NoServers(RuntimeError):  # noqa: N818 - reads as the sentence it is
    """The servers of a measurement could not be started."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """An empty, migrated database and two empty Redis servers."""

    database_url: str
    ingress_url: str
    broker_url: str


@contextmanager
def scratch_servers() -> Iterator[Scratch]:
    """Run them for as long as the block lasts, and no longer than this process; raise `NoServers`."""
    pipe = subprocess.PIPE
    # Leaving the block closes their input, and waits for them.
    with subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as servers:
        told = servers.stdout.readline() if servers.stdout else ""
        if not told:
            _, said = servers.communicate()
            words = said.strip().splitlines() or ["it said nothing"]
            raise NoServers(f"no servers to measure with (`adsum servers`): {words[-1]}")
        scratch = Scratch(**json.loads(told))
        upgrade(scratch.database_url)
        yield scratch
