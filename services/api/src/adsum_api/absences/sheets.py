"""Planned absences in a CSV file, as an office keeps them: rows, and what is wrong with the others. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from adsum_api.absences.schemas import AbsenceIn
from adsum_api.errors import Invalid

COLUMNS: Final = ("number", "starts_on", "ends_on", "kind", "reason", "told_by", "document")
NEEDED: Final = ("number", "starts_on", "ends_on", "kind", "told_by")
MOST_ROWS: Final = 100_000
NOBODY: Final = UUID(int=0)
"""Stands for the student until the number is looked up."""


class BadSheet(Invalid):
    """The file is no such sheet."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line (the header is line 1), the student's number, and the absence, its student still `NOBODY`."""

    line: int
    number: str
    absence: AbsenceIn


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, in which column; `column` is empty where it is the line as a whole."""

    line: int
    column: str
    reason: str


def read_sheet(text: str) -> Iterator[Row | Fault]:
    """Yield each line as a row or as what is wrong with it; raise `BadSheet` for another header."""
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        _check_header(tuple(lines.fieldnames or ()))
        for place, cells in enumerate(lines, 2):
            if place > MOST_ROWS:
                raise BadSheet(f"the file has more than {MOST_ROWS:,} lines: split it")
            yield _row(place, cells)
    except csv.Error as error:
        raise BadSheet(f"this is no CSV: {error}") from None


def _check_header(header: tuple[str, ...]) -> None:
    if not set(NEEDED) <= set(header) <= set(COLUMNS):
        raise BadSheet(f"the first line has to name these columns: {', '.join(COLUMNS)}")


def _row(line: int, cells: dict[str, str | None]) -> Row | Fault:
    if None in cells or None in cells.values():
        return Fault(line, "", "has more or fewer cells than the header")
    told = {name: (cell or "").strip() for name, cell in cells.items()}
    number = told.pop("number")
    if not number:
        return Fault(line, "number", "is empty")
    given = {name: cell for name, cell in told.items() if cell}
    try:
        return Row(line, number, AbsenceIn.model_validate({"student_id": NOBODY, **given}))
    except ValidationError as error:
        first = error.errors()[0]
        return Fault(line, str(first["loc"][0]) if first["loc"] else "", first["msg"])
