"""JSON: every table with its totals; times in UTC, and the school's zone named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

from adsum_api.reports.report import Cell, Report, Row, Table


def write_json(report: Report, out: BinaryIO) -> None:
    """Write one object, row by row."""
    for part in _parts(report):
        out.write(part.encode())


def _parts(report: Report) -> Iterator[str]:
    head = {
        "title": report.title, "made_at": _written(report.made_at), "timezone": report.zone.key,
        "facts": dict(report.facts),
    }  # fmt: skip
    yield json.dumps(head, ensure_ascii=False)[:-1] + ',"tables":['
    for index, table in enumerate(report.tables):
        yield ("," if index else "") + "\n"
        yield from _table(table)
    yield "]}\n"


def _table(table: Table) -> Iterator[str]:
    totals = None if table.totals is None else _object(table, table.totals)
    head = {"name": table.name, "totals": totals}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ',"rows":['
    for index, row in enumerate(table.rows):
        yield ("," if index else "") + "\n" + json.dumps(_object(table, row), ensure_ascii=False)
    yield "]}"


def _object(table: Table, row: Row) -> dict[str, Any]:
    return {column.key: _written(cell) for column, cell in zip(table.columns, row, strict=True)}


def _written(cell: Cell) -> str | int | float | None:
    match cell:
        case datetime():
            return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return cell.isoformat()
        case _:
            return cell
