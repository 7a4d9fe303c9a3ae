"""Time as the camera agent needs it: the hour, a clock that never jumps, and waits that a stop ends."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Event
from typing import Protocol


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


class SystemClock:
    """The machine's clocks; `stop` ends every wait."""

    def __init__(self) -> None:
        self.stop = Event()

    @property
    def stopping(self) -> bool:
        """Whether the agent was asked to stop."""
        return self.stop.is_set()

    def now(self) -> datetime:
        """Return the hour, in UTC."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Return seconds that only ever grow."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep, unless the agent is to stop."""
        self.stop.wait(max(0.0, seconds))
