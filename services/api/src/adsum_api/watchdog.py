"""Ends a worker that stopped consuming, so that its supervisor starts a new one.

Celery workers are known to lose their consumer after Redis comes back (celery #8030, #8384, #10205)
while the process looks well. Proof of that is a queue in which tasks wait while none is taken.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from celery.signals import task_postrun, task_prerun
from redis.exceptions import RedisError

log = structlog.get_logger()

PATIENCE_S: Final = 90.0
"""Longer than any task (Postgres ends a statement after 30 s), shorter than the visibility timeout."""

LOOK_EVERY_S: Final = 10.0
STUCK: Final = 75
"""The exit status `EX_TEMPFAIL` of sysexits.h: try again."""


class Watchdog:
    """Watches the calling process from a daemon thread; `waiting` counts the tasks in the queue.

    While it is well the file `sign_of_life` is touched, for whoever started the process.
    """

    def __init__(
        self,
        waiting: Callable[[], int],
        *,
        sign_of_life: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self._waiting = waiting
        self._sign_of_life = sign_of_life
        self._monotonic = monotonic
        self._end = end
        self._moved_at = monotonic()

    def start(self) -> None:
        """Watch until the process ends."""
        task_prerun.connect(self._note)
        task_postrun.connect(self._note)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def look(self) -> None:
        """End the process when tasks wait and none moved for `PATIENCE_S`."""
        if not self._tasks_wait():
            self._note()
        elif self.idle_s > PATIENCE_S:
            log.error("worker_stuck", patience_s=PATIENCE_S)
            self._end(STUCK)
            return
        if self._sign_of_life is not None:
            self._sign_of_life.touch()

    @property
    def idle_s(self) -> float:
        """Seconds since a task moved, or none waited."""
        return self._monotonic() - self._moved_at

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_EVERY_S)
            self.look()

    def _tasks_wait(self) -> bool:
        try:
            return self._waiting() > 0
        except RedisError:
            return False  # a broker that is away is no fault of this process

    def _note(self, **_signal: object) -> None:
        self._moved_at = self._monotonic()
