"""What `adsum-camera bench detect` shows: tables for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from adsum_camera.bench.detecting import Measured, Side
from adsum_vision.machine import Machine


def tables(measured: Sequence[Measured]) -> tuple[Table, ...]:
    """Return two tables: the detectors side by side, and where the time of ours goes."""
    return _sides(measured), _steps(measured)


def _sides(measured: Sequence[Measured]) -> Table:
    table = Table(title="The same pictures in turn, on the same threads")
    table.add_column("detector")
    for heading in (
        "smallest face",
        "frames/s",
        "CPU ms/frame",
        "faces",
        "marked found",
        "false",
        "landmarks off",
    ):
        table.add_column(heading, justify="right")
    table.add_column("ratio", justify="right")
    for each in measured:
        for place, side in enumerate(each.sides):
            ratio = f"{each.ratio:.1f} x" if place == 0 and each.ratio is not None else ""
            table.add_row(side.name, f"{each.min_face_px:g} px", *_figures(side, each.marked_faces), ratio)
        table.add_section()
    return table


def _figures(side: Side, marked: int) -> tuple[str, ...]:
    found, distance = side.found, side.found.landmark_distance
    return (
        f"{side.frames_per_second:.2f}",
        f"{side.cpu_ms:.1f}",
        str(found.faces),
        f"{found.marked} of {marked}" if marked else "-",
        str(found.false) if marked else "-",
        f"{distance:.1%}" if distance is not None else "-",
    )


def _steps(measured: Sequence[Measured]) -> Table:
    table = Table(title="Where the time of a frame goes, in ms")
    table.add_column("smallest face", justify="right")
    timed = [(each.min_face_px, side.steps_ms) for each in measured for side in each.sides if side.steps_ms]
    names = list(timed[0][1]) if timed else []
    for name in (*names, "all"):
        table.add_column(name, justify="right")
    for min_face_px, steps in timed:
        spent = [steps.get(name, 0.0) for name in names]
        table.add_row(f"{min_face_px:g} px", *(f"{ms:.1f}" for ms in (*spent, sum(spent))))
    return table


def figures(
    measured: Sequence[Measured], machine: Machine, *, size: str, threads: int, pictures: str
) -> dict[str, Any]:
    """Return the measurement as a JSON object; `ratio` is that of the first smallest face."""
    return {
        "benchmark": "detect",
        "machine": asdict(machine),
        "pictures": pictures,
        "size": size,
        "fitting": "scaled to fit, black beside or above",
        "threads": threads,
        "ratio": _rounded(measured[0].ratio),
        "measured": [_rounded(asdict(each)) for each in measured],
    }


def as_json(told: dict[str, Any]) -> str:
    """Return the figures as text."""
    return json.dumps(told, indent=2)


def _rounded(value: Any) -> Any:  # noqa: ANN401 - anything that JSON holds
    match value:
        case float():
            return round(value, 4)
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
    return value
