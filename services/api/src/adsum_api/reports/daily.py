"""The original demo's attendance file: one a day, one row a student and lesson. Pure.

    EnrollmentID,Name,Timestamp
    101,John Doe,2026-02-11 10:32:12

Times are the school's own, to the second. A text that a spreadsheet would run as a formula is defused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from adsum_api.reports.cells import as_it_was, defused

HEADER: Final = ("EnrollmentID", "Name", "Timestamp")
TIME: Final = "%Y-%m-%d %H:%M:%S"

_FILE_NAME = re.compile(r"attendance_(\d{4}-\d{2}-\d{2})\.csv")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A student, by number and name, first seen in a lesson `at` an aware time."""

    number: str
    name: str
    at: datetime


class BadDailyFile(ValueError):  # noqa: N818 - reads as the sentence it is
    """A line of a daily file cannot be read; the text says where and why."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")


def file_name(day: date) -> str:
    """Return the name of a day's file."""
    return f"attendance_{day.isoformat()}.csv"


def day_of(file: str) -> date | None:
    """Return the day that a file's name says, or None for a file that is none of these."""
    match = _FILE_NAME.fullmatch(file)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def write_daily(arrivals: Iterable[Arrival], zone: ZoneInfo) -> str:
    """Return the file with its rows in the order of time, then of numbers."""
    ordered = sorted(arrivals, key=lambda arrival: (arrival.at, arrival.number))
    rows = (
        (defused(each.number), defused(each.name), each.at.astimezone(zone).strftime(TIME))
        for each in ordered
    )
    return "".join(map(_line, (HEADER, *rows)))


def read_daily(text: str, file: str, zone: ZoneInfo) -> Iterator[Arrival]:
    """Yield the rows of `file`, in its order, with times in UTC; raise `BadDailyFile`."""
    day = day_of(file)
    if day is None:
        raise BadDailyFile(file, 1, "the name of a daily file is attendance_YYYY-MM-DD.csv")
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        if tuple(next(lines, ())) != HEADER:
            raise BadDailyFile(file, 1, f"the first line is {','.join(HEADER)}")
        for cells in lines:
            if cells:
                yield _arrival(cells, day, zone, file, lines.line_num)
    except csv.Error as error:
        raise BadDailyFile(file, lines.line_num, str(error)) from None


def _arrival(cells: list[str], day: date, zone: ZoneInfo, file: str, line: int) -> Arrival:
    if len(cells) != len(HEADER):
        raise BadDailyFile(file, line, f"a row has {len(HEADER)} cells, this one {len(cells)}")
    number, name = as_it_was(cells[0]).strip(), as_it_was(cells[1])
    if not 0 < len(number) <= 64 or not 0 < len(name.strip()) <= 200 or "\x00" in number + name:
        raise BadDailyFile(file, line, "the number or the name is empty, too long or no text")
    try:
        local = datetime.strptime(cells[2], TIME).replace(tzinfo=zone)
    except ValueError:
        raise BadDailyFile(file, line, f"{cells[2]!r} is no time such as {day} 10:32:12") from None
    if local.date() != day:
        raise BadDailyFile(file, line, f"{cells[2]} is not of {day}")
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise BadDailyFile(file, line, f"{zone.key} had no {cells[2]}: the clocks were put forward")
    return Arrival(number, name, at)


def _line(cells: Iterable[str]) -> str:
    """Write one row. The writer quotes the characters of its line end, so it gets both of them."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"
