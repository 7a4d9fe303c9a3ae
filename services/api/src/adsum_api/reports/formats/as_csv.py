"""CSV (RFC 4180, UTF-8): the report's first table, its totals left out, so that a program reads rows alone.

Times carry their offset, texts are defused (`cells`).
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from adsum_api.reports.cells import defused
from adsum_api.reports.report import Cell, Report


def write_csv(report: Report, out: BinaryIO) -> None:
    """Write the table, one line a row."""
    table = report.tables[0]
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(column.key for column in table.columns)
    lines.writerows([_written(cell, report.zone) for cell in row] for row in table.rows)
    text.flush()
    text.detach()


def _written(cell: Cell, zone: ZoneInfo) -> str:
    match cell:
        case None:
            return ""
        case str():
            return defused(cell)
        case datetime():
            return cell.astimezone(zone).isoformat(timespec="seconds")
        case date():
            return cell.isoformat()
        case float():
            return f"{cell:.4f}".rstrip("0").rstrip(".")
        case _:
            return str(cell)
