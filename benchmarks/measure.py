"""Timing two ways of doing the same work, in turn, so that a noisy machine is noisy for both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

from adsum_vision.machine import this_machine


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked of a benchmark: a quick look, or the long one; `films` keeps films.

    `tell` is told, in a few words, what is being done now.
    """

    quick: bool = False
    long: bool = False
    films: Path | None = None
    tell: Callable[[str], None] = print


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark found: tables to read, figures to keep as JSON, and pictures (SVG) by their path."""

    tables: tuple[Table, ...]
    figures: Any
    pictures: Mapping[Path, str] = field(default_factory=dict)


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


def comparisons(rows: Sequence[Comparison]) -> Report:
    """Report what was compared."""
    table = Table(title="Median times of the same work in one run")
    for heading in ("work", "instead", "ours ms", "theirs ms", "ratio", "note"):
        table.add_column(heading, justify="right" if heading.endswith(("ms", "ratio")) else "left")
    for row in rows:
        times = f"{row.ours_ms:.2f}", f"{row.theirs_ms:.2f}", f"{row.ratio:.1f} x"
        table.add_row(row.work, row.instead, *times, row.note)
    return Report((table,), [asdict(row) | {"ratio": round(row.ratio, 2)} for row in rows])


def machine() -> dict[str, Any]:
    """Say what was measured on: processor, cores, memory, system, and how busy it was with other things."""
    return asdict(this_machine()) | {"memory_gib": round(psutil.virtual_memory().total / 2**30, 1)}


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
