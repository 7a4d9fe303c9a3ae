"""A real receiver, and a courier whose chance and clock are in the test's hand."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from adsum_api.runtime import Runtime
from adsum_api.webhooks.courier import Courier
from adsum_api.webhooks.guard import networks_of
from adsum_local.children import stop_child
from adsum_local.ports import free_port

LOOPBACK = networks_of("127.0.0.0/8")


class Receiver:
    """The process, and what it received."""

    def __init__(self) -> None:
        self.port = free_port()
        script = str(Path(__file__).with_name("receiver.py"))
        self.child = subprocess.Popen(
            [sys.executable, script, str(self.port)], stdout=subprocess.PIPE, text=True
        )
        self._lines: Queue[str] = Queue()
        self._reading = Thread(target=self._read, daemon=True)
        self._reading.start()
        deadline = time.monotonic() + 60
        while not self._listens():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def url(self, answer: str) -> str:
        return f"http://127.0.0.1:{self.port}/{answer}"

    def received(self, count: int) -> list[dict[str, Any]]:
        """The next requests; there are no more than these."""
        found = [json.loads(self._lines.get(timeout=30)) for _ in range(count)]
        assert self._lines.empty()
        return found

    def stop(self) -> None:
        stop_child(self.child)
        self._reading.join()
        assert self.child.stdout is not None
        self.child.stdout.close()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self._lines.put(line)


@pytest.fixture(scope="module")
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of the loopback."""
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture
def receiver(receiving: Receiver) -> Receiver:
    """The receiver, which has received nothing yet."""
    while not receiving._lines.empty():
        receiving._lines.get()
    return receiving


@pytest.fixture
def clock(clock: Any) -> Any:
    """A minute after now: what the database stamps is due."""
    clock.now = datetime.now(UTC) + timedelta(minutes=1)
    return clock


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    """An installation that lets webhooks reach the loopback, as in development."""
    return replace(runtime, webhook_networks=LOOPBACK)


@pytest.fixture
def courier(runtime: Runtime, clock: Any) -> Courier:
    """A courier without chance, at the time of the test."""
    return Courier(runtime.store, runtime.vault, clock, LOOPBACK, chance=lambda: 0.0)
