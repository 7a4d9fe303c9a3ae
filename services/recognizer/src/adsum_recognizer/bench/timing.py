"""How long something takes: the middle, and what one in twenty exceeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, over `runs`."""

    p50_ms: float
    p95_ms: float
    runs: int

    def each_of(self, count: int) -> Times:
        """Return the times of one of `count` things that were done at once."""
        return Times(self.p50_ms / count, self.p95_ms / count, self.runs)


def timed(work: Callable[[], object], rounds: int) -> Times:
    """Do the work `rounds` times."""
    return times_of([_milliseconds(work) for _ in range(rounds)])


def times_of(milliseconds: Sequence[float]) -> Times:
    """Return the quantiles of what was measured."""
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return Times(float(p50), float(p95), len(milliseconds))


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
