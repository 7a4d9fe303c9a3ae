"""Time as the camera agent needs it: the hour, a clock that never jumps, and waits that a stop ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Final, Protocol

import structlog

from adsum_camera.skew import Exchange, ServerTime, corrects, told_by

log = structlog.get_logger()

BOOT_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


def steady_s() -> float:
    """Return seconds that only ever grow, also while the machine sleeps, where its system counts those.

    Linux's monotonic clock stands still meanwhile: after an hour's sleep the server's hour, carried on by it,
    would be an hour late.
    """
    return time.monotonic() if BOOT_CLOCK is None else time.clock_gettime(BOOT_CLOCK)


class Clock(Protocol):
    """What sources and threads wait by; tests bring their own."""

    @property
    def stopping(self) -> bool:
        """Whether the agent was asked to stop."""
        ...

    def now(self) -> datetime:
        """Return the hour, in UTC."""
        ...

    def steady(self) -> float:
        """Return seconds that only ever grow, whatever happens to the hour."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after `seconds`, or at once when the agent is to stop."""
        ...


class LinkClock(Protocol):
    """What the threads that speak with the server wait by, and tell what they heard; `stop` ends them."""

    stop: Event

    @property
    def stopping(self) -> bool:
        """Whether `stop` is set."""
        ...

    def now(self) -> datetime:
        """Return the hour, in UTC."""
        ...

    def steady(self) -> float:
        """Return seconds that only ever grow."""
        ...

    def heard(self, entry_id: bytes, sent_at: float, answered_at: float) -> None:
        """Learn from the id that the server gave an entry; the moments by the steady clock."""
        ...


class SystemClock:
    """The machine's clocks, the hour corrected by the server's; `stop` ends every wait.

    Until the server has answered, the hour is the machine's own. Then it is the server's, carried on by the
    steady clock, wherever the machine's is further off than `skew.TOLERATED_S`: a machine whose clock is
    set meanwhile changes nothing. One for all threads and cameras of an agent.
    """

    def __init__(
        self, *, wall: Callable[[], float] = time.time, steady: Callable[[], float] = steady_s
    ) -> None:
        self.stop = Event()
        self._wall, self._steady = wall, steady
        self._server = ServerTime()
        self._one_thread = Lock()
        self._correcting = False

    @property
    def stopping(self) -> bool:
        """Whether the agent was asked to stop."""
        return self.stop.is_set()

    def now(self) -> datetime:
        """Return the hour, in UTC."""
        return datetime.fromtimestamp(self._wall() + self._correction(), UTC)

    def steady(self) -> float:
        """Return seconds that only ever grow."""
        return self._steady()

    def wait(self, seconds: float) -> None:
        """Sleep, unless the agent is to stop."""
        self.stop.wait(max(0.0, seconds))

    @property
    def offset_s(self) -> float | None:
        """The server's clock minus the machine's, as added to `now`: 0 while the machine's is good enough,
        `None` while the server has not told."""
        return self._correction() if self._server.best else None

    def heard(self, entry_id: bytes, sent_at: float, answered_at: float) -> None:
        """Learn from the id that the server gave an entry; `sent_at`, `answered_at` by the steady clock."""
        server_at = told_by(entry_id)
        if server_at is not None:
            with self._one_thread:
                self._server = self._server.learned(Exchange(sent_at, answered_at, server_at))

    def _correction(self) -> float:
        with self._one_thread:
            steady = self._steady()
            best = self._server.best
            if best is None:
                return 0.0
            offset = best.lead + steady - self._wall()
            correcting = corrects(offset, best.error_at(steady), correcting=self._correcting)
            if correcting != self._correcting:
                log.warning(
                    "clock_corrected" if correcting else "clock_right_again", offset_s=round(offset, 1)
                )
            self._correcting = correcting
            return offset if correcting else 0.0


class OwnStop:
    """A `LinkClock` with a stop of its own, that learns for `clock`."""

    def __init__(self, clock: SystemClock) -> None:
        self.stop = Event()
        self._clock = clock

    @property
    def stopping(self) -> bool:
        """Whether `stop` is set: that of `clock` ends nothing here."""
        return self.stop.is_set()

    def now(self) -> datetime:
        """Return the hour, in UTC."""
        return self._clock.now()

    def steady(self) -> float:
        """Return seconds that only ever grow."""
        return self._clock.steady()

    def heard(self, entry_id: bytes, sent_at: float, answered_at: float) -> None:
        """Learn for `clock`."""
        self._clock.heard(entry_id, sent_at, answered_at)
