"""What `adsum-api bench` shows: tables for people, figures for machines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.table import Table

from adsum_api.bench.load import CALLERS
from adsum_api.bench.measuring import Measured

GOAL: Final = {"register_p95_ms": 25.0, "marks_per_second": 2000.0}


def tables(measured: Sequence[Measured]) -> tuple[Table, ...]:
    """Return a table of answers, and one of marks taken in."""
    return _answers(measured), _ingested(measured)


def figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """Return the measurement as a JSON object."""
    return {
        "goal": GOAL,
        "cores": os.cpu_count(),
        "callers_at_once": CALLERS,
        "records": [_figures(each) for each in measured],
    }


def _figures(each: Measured) -> dict[str, Any]:
    ingested = asdict(each.ingested) | {"marks_per_second": each.ingested.marks_per_second}
    rounded: dict[str, Any] = _rounded(
        asdict(each) | {"marks": each.size.marks, "ingested": ingested},
    )
    return rounded


def _answers(measured: Sequence[Measured]) -> Table:
    table = Table(
        title="Answers of one api process, asked from another",
        caption=f"p50 and p95 of one caller, requests a second of {CALLERS}; goal: the register's p95 under "
        f"{GOAL['register_p95_ms']:g} ms",
    )
    table.add_column("marks", justify="right")
    table.add_column("question")
    for heading in ("p50 ms", "p95 ms", "a second", "statements", "KB"):
        table.add_column(heading, justify="right")
    for each in measured:
        for answered in each.answered:
            few, many = answered.statements
            table.add_row(
                f"{each.size.marks:,}",
                answered.question,
                f"{answered.p50_ms:.1f}",
                f"{answered.p95_ms:.1f}",
                f"{answered.per_second:.1f}",
                str(few) if few == many else f"{few} to {many}",
                f"{answered.answer_bytes / 1024:,.0f}",
            )
        table.add_section()
    return table


def _ingested(measured: Sequence[Measured]) -> Table:
    table = Table(
        title="Marks taken in by a worker for each core",
        caption=f"lessons of a class, each applied once; goal: {GOAL['marks_per_second']:,.0f} a second",
    )
    for heading in (
        "marks there",
        "a second",
        "workers",
        "statements a lesson",
        "filled s",
        "record GB",
        "api MB",
        "load",
    ):
        table.add_column(heading, justify="right")
    for each in measured:
        table.add_row(
            f"{each.size.marks:,}",
            f"{each.ingested.marks_per_second:,.0f}",
            str(each.ingested.workers),
            str(each.ingested.statements),
            f"{each.filled_s:.0f}",
            f"{each.database_gb:.1f}",
            f"{each.api_peak_mb:.0f}",
            f"{each.load_average[0]:.1f}",
        )
    return table


def _rounded(value: Any) -> Any:  # noqa: ANN401 - anything that JSON holds
    match value:
        case float():
            return round(value, 2)
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
    return value
