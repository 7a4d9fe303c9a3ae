"""How long each step of a work took, and how often it was done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Laps:
    """A watch that charges the time since the last lap to a named step; steps may come round again."""

    clock: Callable[[], float] = time.perf_counter
    seconds: dict[str, float] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    def lap(self, step: str) -> None:
        """Charge the time since the last lap, or since the watch was made, to `step`."""
        now = self.clock()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._since
        self.times[step] = self.times.get(step, 0) + 1
        self._since = now
