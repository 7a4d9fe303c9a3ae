"""Hearing of commits: one connection of a process listens, however many of its readers wait.

A wake-up says only that there may be something to read. What is to be told is read from the tables, so that
one that is lost, doubled or late changes nothing but how soon it is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import structlog
from psycopg import AsyncConnection, sql
from sqlalchemy import URL

from adsum_store.engine import KEEPALIVES

log = structlog.get_logger()

CHANNEL: Final = "adsum_outbox"
"""What Postgres notifies at the commit of an announcement; its payload is the key."""

RETRY_S: Final = 2.0
LOOK_EVERY_S: Final = 30.0
"""After so long without a word the connection is tried: a firewall may have forgotten it."""


class Wakeups:
    """Wakes the readers of this process, on one event loop. Connects while somebody waits, and only then."""

    def __init__(self, url: URL) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, key: str) -> Iterator[asyncio.Event]:
        """Yield what is set whenever something about `key` may have been committed; the reader clears it.

        It holds no queue: a reader that is slow finds one event set, however often it was.
        """
        woken = asyncio.Event()
        self._waiting.setdefault(key, set()).add(woken)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name="wakeups")
        try:
            yield woken
        finally:
            self._leave(key, woken)

    def _leave(self, key: str, woken: asyncio.Event) -> None:
        self._waiting[key].discard(woken)
        if not self._waiting[key]:
            del self._waiting[key]
        if not self._waiting and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except psycopg.OperationalError as error:
                log.warning("wakeups_wait_for_postgres", error=type(error).__name__)
            await asyncio.sleep(RETRY_S)

    async def _hear(self) -> None:
        """Listen until the connection breaks, which raises `psycopg.OperationalError`."""
        connection = await AsyncConnection.connect(self._conninfo, autocommit=True, **KEEPALIVES)
        async with connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            self._wake(list(self._waiting))  # for what was committed before anybody listened
            while True:
                async for heard in connection.notifies(timeout=LOOK_EVERY_S):
                    self._wake([heard.payload])
                await connection.execute("SELECT 1")

    def _wake(self, keys: list[str]) -> None:
        for key in keys:
            for woken in self._waiting.get(key, ()):
                woken.set()
