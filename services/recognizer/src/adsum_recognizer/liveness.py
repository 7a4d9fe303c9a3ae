"""Ends a worker that is alive and does not consume, so that its supervisor starts a better one.

Workers that stop consuming after a Redis reconnect are a known family of bugs (celery #8030, #8384,
#10205). A worker that waits is healthy; one that waits while tasks wait for it is not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final

import redis
import structlog

from adsum_recognizer.sign_of_life import SignOfLife

log = structlog.get_logger()

EXIT_STALLED: Final = 75
"""`EX_TEMPFAIL` of sysexits.h: try again."""


@dataclass(frozen=True, slots=True)
class Stalled:
    """Why a worker should be started again."""

    reason: str


class Liveness:
    """Knows when the worker last made progress, and when its broker was last there. Times in seconds."""

    def __init__(self, stalled_after_s: float, now: Callable[[], float] = monotonic) -> None:
        self._stalled_after_s = stalled_after_s
        self._now = now
        self._lock = Lock()
        self._progress = self._broker = now()

    def progressed(self) -> None:
        """A task was started or has ended."""
        with self._lock:
            self._progress = self._now()

    def look(self, waiting: int | None) -> Stalled | None:
        """Judge by how many tasks wait on the broker; None: it could not be asked."""
        with self._lock:
            now = self._now()
            if waiting is None:
                lost = now - self._broker >= self._stalled_after_s
                return Stalled("the broker has been away for long") if lost else None
            self._broker = now
            if waiting == 0:
                self._progress = now
                return None
            stuck = now - self._progress >= self._stalled_after_s
            return Stalled("tasks wait and none is taken") if stuck else None


def watch(
    liveness: Liveness,
    waiting: Callable[[], int],
    interval_s: float,
    stop: Event,
    sign: SignOfLife | None = None,
) -> Thread:
    """Look every `interval_s` seconds in a thread of its own; end the process when it has stalled.

    While it has not, give the sign of life: whoever started the process replaces it when the sign grows old,
    also where no thread of it runs any more.
    """

    def run() -> None:
        while not stop.wait(interval_s):
            stalled = liveness.look(_asked(waiting))
            if stalled is not None:
                log.error("worker_stalled", reason=stalled.reason)
                os._exit(EXIT_STALLED)  # the main thread may hang in a socket: nothing softer gets through
            if sign is not None:
                sign.give()

    thread = Thread(target=run, name="liveness", daemon=True)
    thread.start()
    return thread


def _asked(waiting: Callable[[], int]) -> int | None:
    try:
        return waiting()
    except redis.RedisError:
        return None
