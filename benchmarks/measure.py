"""Timing two ways of doing the same work, in turn, so that a noisy machine is noisy for both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """Median milliseconds of one unit of `work`, ours and theirs, and what the other way is."""

    work: str
    instead: str
    ours_ms: float
    theirs_ms: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.theirs_ms / self.ours_ms


def compare(
    work: str,
    ours: Callable[[], object],
    instead: str,
    theirs: Callable[[], object],
    *,
    rounds: int = 7,
    units: int = 1,
    note: str = "",
) -> Comparison:
    """Run both once to warm up, then in turn `rounds` times; `units` of work are done by each call."""
    ours(), theirs()
    mine, others = [], []
    for _ in range(rounds):
        mine.append(_timed(ours))
        others.append(_timed(theirs))
    return Comparison(work, instead, statistics.median(mine) / units, statistics.median(others) / units, note)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
