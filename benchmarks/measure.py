"""What the benchmarks are asked, what they report, and what they ran on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def machine() -> dict[str, Any]:
    """Say what was measured on: processor, cores, memory, system, and how busy it was with other things."""
    return asdict(this_machine()) | {"memory_gib": round(psutil.virtual_memory().total / 2**30, 1)}
