"""One camera's two threads to the server: its events go out, its commands come in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Final

import redis

from adsum_camera.adapters.commands import CommandReader
from adsum_camera.adapters.publisher import Publisher
from adsum_camera.errors import CameraAgentError

FAREWELL_S: Final = 1.2
"""How long the end waits for both of a server that does not answer: what is not sent stays in the spool."""


class LinkFailed(RuntimeError):  # noqa: N818 - reads as the sentence it is
    """A thread ended by a fault of ours."""


class Links:
    """The threads, running from now until `close`; their clock's stop is theirs alone."""

    def __init__(self, publisher: Publisher, reader: CommandReader) -> None:
        self._publisher = publisher
        self._fault: Exception | None = None
        self._threads = [
            Thread(target=self._run, args=(work,), name=name, daemon=True)
            for name, work in (("publisher", self._publish), ("commands", reader.run))
        ]
        for thread in self._threads:
            thread.start()

    def check(self) -> None:
        """Raise what ended one of the threads, if anything did: nothing may die in silence.

        That is a `CameraAgentError`, or `LinkFailed` for a fault of ours.
        """
        if isinstance(self._fault, CameraAgentError):
            raise self._fault
        if self._fault is not None:
            raise LinkFailed(f"{type(self._fault).__name__}: {self._fault}") from self._fault

    def close(self) -> None:
        """Send what has just been spooled, if the server takes it, and end both threads."""
        clock = self._publisher.clock
        clock.stop.set()
        self._publisher.spool.news.set()
        ends_at = clock.steady() + FAREWELL_S
        for thread in self._threads:
            thread.join(max(0.0, ends_at - clock.steady()))

    def _publish(self) -> None:
        self._publisher.run()
        with suppress(redis.RedisError):
            self._publisher.publish_due()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as fault:
            self._fault = fault
