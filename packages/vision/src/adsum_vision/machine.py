"""What a measurement was made on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, cores, system, versions, and how busy it was with other things when asked."""

    processor: str
    cores: int
    system: str
    python: str
    load_average: tuple[float, ...]


def this_machine() -> Machine:
    """Describe the machine we run on, now."""
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        load_average=tuple(round(load, 2) for load in os.getloadavg()),
    )


def _processor() -> str:
    """Linux names the model on most processors; elsewhere the platform may."""
    try:
        lines = CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine() or "unknown"
