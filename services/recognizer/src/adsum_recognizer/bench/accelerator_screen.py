"""What `adsum-recognizer bench gpu` shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.table import Table

from adsum_recognizer.bench.accelerator import GOAL, Measured
from adsum_vision.machine import Machine


def table(measured: Measured) -> Table:
    """Return a row for each size of batch."""
    shown = Table(title=f"FaceNet on {measured.device}{_dry(measured)}", caption=_caption(measured))
    for heading in ("faces in a batch", "faces/s in a stream", "ms a batch alone"):
        shown.add_column(heading, justify="right")
    for point in measured.points:
        shown.add_row(str(point.batch), f"{point.faces_per_second:,.0f}", f"{point.alone_ms:.2f}")
    return shown


def figures(measured: Measured, machine: Machine) -> dict[str, Any]:
    """Return the measurement as a JSON object; of a dry run, `goal` and `met` are null."""
    dry = measured.dry_run
    return {
        "benchmark": "gpu",
        "machine": asdict(machine),
        **asdict(measured),
        "faces_per_second": round(measured.best.faces_per_second, 1),
        "share_of_peak": measured.share_of_peak,
        "ratio": round(measured.ratio, 2),
        "goal": None if dry else GOAL,
        "met": None if dry else measured.best.faces_per_second >= GOAL,
    }


def _dry(measured: Measured) -> str:
    return ": a dry run, which says nothing about a GPU" if measured.dry_run else ""


def _caption(measured: Measured) -> str:
    share = measured.share_of_peak
    peak = "" if share is None else f", {share:.0%} of the card's peak"
    goal = "" if measured.dry_run else f"; goal on a card of the H200's class: {GOAL:,.0f} faces/s"
    return f"{measured.ratio:.1f} x a face at a time in eager torch on the same device{peak}{goal}"
