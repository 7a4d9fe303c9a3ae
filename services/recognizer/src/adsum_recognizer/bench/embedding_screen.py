"""What `adsum-recognizer bench embed` shows: a table for people, figures for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from rich.table import Table

from adsum_recognizer.bench.embedding import STEPS, Measured, Work
from adsum_vision.machine import Machine

GOALS: Final = {"bf16": 8.0, "f32": 3.0}
"""How many times the original's faces a second are wanted, on a CPU with bf16 and on one without."""


def table(measured: Measured, work: Work, cores: int) -> Table:
    """Return the ways side by side."""
    shown = Table(
        title=f"{work.faces} faces on {cores} cores, compared with {work.vectors} vectors",
        caption=f"{measured.ratio:.1f} x the original's faces a second (goal on this CPU, in "
        f"{measured.precision}: {GOALS[measured.precision]:g} x), {measured.cpu_ratio:.1f} x by CPU time",
    )
    shown.add_column("way")
    for heading in ("faces/s", *(f"{step} ms" for step in STEPS), "CPU ms"):
        shown.add_column(heading, justify="right")
    for side in measured.sides:
        steps = (f"{side.steps_ms[step]:.2f}" for step in STEPS)
        shown.add_row(side.name, f"{side.faces_per_second:.1f}", *steps, f"{side.cpu_ms:.1f}")
    return shown


def figures(measured: Measured, work: Work, machine: Machine, cores: int) -> dict[str, Any]:
    """Return the measurement as a JSON object."""
    return {
        "benchmark": "embed",
        "machine": asdict(machine),
        "cores": cores,
        "work": asdict(work),
        "goal": GOALS[measured.precision],
        **asdict(measured),
        "ratio": round(measured.ratio, 2),
        "cpu_ratio": round(measured.cpu_ratio, 2),
        "sides": [
            {
                "name": side.name,
                "faces_per_second": round(side.faces_per_second, 2),
                "steps_ms": {step: round(ms, 3) for step, ms in side.steps_ms.items()},
                "cpu_ms": round(side.cpu_ms, 2),
            }
            for side in measured.sides
        ],
    }
