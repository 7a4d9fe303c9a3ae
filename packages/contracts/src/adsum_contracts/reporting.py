"""How every service says of itself that it lives: from a thread, for as long as the process does."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

import structlog

from adsum_contracts.release import RELEASE
from adsum_contracts.reports import (
    EVERY_S,
    KEPT_S,
    Disk,
    Particulars,
    ServiceName,
    ServiceReport,
    report_key,
)

log = structlog.get_logger()


class Board(Protocol):
    """Where reports hang: a Redis client."""

    def set(self, name: str, value: str, *, ex: int) -> object:
        """Keep the value for `ex` seconds."""


class Reporter:
    """Hangs on the `board` what a process of `service` says of itself.

    `idle_s`: seconds since it last consumed, or had nothing to consume. `outages`: what the board and
    `particulars` raise while a server is away.
    """

    def __init__(
        self,
        board: Board,
        service: ServiceName,
        idle_s: Callable[[], float],
        particulars: Callable[[], Particulars] = Particulars,
        *,
        outages: tuple[type[Exception], ...],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._board, self._service, self._idle_s, self._particulars = board, service, idle_s, particulars
        self._outages, self._now = outages, now
        self._started_at = now()

    def report(self) -> None:
        """Say how this process does; while the board is away, nothing."""
        try:
            said = self.told()
            self._board.set(report_key(said.service, said.instance), said.model_dump_json(), ex=KEPT_S)
        except self._outages as error:
            log.debug("not_reported", error=type(error).__name__)

    def told(self) -> ServiceReport:
        """Return what is to be said now."""
        return ServiceReport(
            service=self._service,
            instance=instance(),
            release=RELEASE,
            started_at=self._started_at,
            said_at=self._now(),
            idle_s=self._idle_s(),
            particulars=self._particulars(),
        )

    def start(self, stop: Event | None = None, every_s: float = EVERY_S) -> Thread:
        """Report now and then from a thread, until `stop` or the end of the process."""
        ended = stop or Event()

        def run() -> None:
            while True:
                self.report()
                if ended.wait(every_s):
                    return

        thread = Thread(target=run, name="reports", daemon=True)
        thread.start()
        return thread


def instance() -> str:
    """Name this process among those of its service."""
    return f"{socket.gethostname()}:{os.getpid()}"


def disk_of(holds: str, folder: Path) -> tuple[Disk, ...]:
    """Return what is left where `folder` is, or would be; nothing where the system does not say."""
    there = next((each for each in (folder, *folder.absolute().parents) if each.exists()), None)
    if there is None:
        return ()
    try:
        usage = shutil.disk_usage(there)
    except OSError:
        return ()
    return (Disk(holds=holds, free_bytes=usage.free, total_bytes=usage.total),)
