"""One CSV file of a zip, row by row, with cells that say what is wrong with them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from adsum_api.rosters.archive import RosterZip
from adsum_api.rosters.faults import BadCell, BadRoster, Fault
from adsum_api.rosters.layout import fault_of_header
from adsum_api.texts import UNWANTED

if TYPE_CHECKING:
    from _csv import (
        Reader as CsvReader,
    )  # the type of `csv.reader(...)`, which has no public name at run time

MAX_ROWS: Final = 2_000_000
LONGEST_CELL: Final = 255
"""OneRoster asks for 255 characters at least of every text; no roster's names need more."""

_CONTROL: Final = re.compile(f"[{UNWANTED}]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place in the file, and its cells by column."""

    line: int
    places: Mapping[str, int]
    cells: list[str]

    def text(self, column: str) -> str:
        """Return the cell, which may be empty; raise `BadCell`."""
        place = self.places.get(column)
        cell = self.cells[place].strip() if place is not None else ""
        if len(cell) > LONGEST_CELL:
            raise BadCell(column, f"has more than {LONGEST_CELL} characters")
        if _CONTROL.search(cell):
            raise BadCell(column, "has a line break or another control character")
        return cell

    def needed(self, column: str) -> str:
        """Return the cell; raise `BadCell` where it is empty."""
        if not (cell := self.text(column)):
            raise BadCell(column, "is required and empty")
        return cell

    def one_of(self, column: str, allowed: Iterable[str]) -> str:
        """Return the cell, one of `allowed`, as it is written there; raise `BadCell`."""
        cell = self.needed(column)
        if cell not in allowed:
            raise BadCell(column, f"is {cell!r}, not one of {', '.join(sorted(allowed))}")
        return cell

    def listed(self, column: str) -> tuple[str, ...]:
        """Return what the cell lists, between commas; raise `BadCell`. A list may be longer than a text."""
        cell = self.cells[self.places[column]]
        if _CONTROL.search(cell):
            raise BadCell(column, "has a line break or another control character")
        return tuple(each for part in cell.split(",") if (each := part.strip()))

    def day(self, column: str) -> date | None:
        """Return the day YYYY-MM-DD, None where the cell is empty; raise `BadCell`."""
        cell = self.text(column)
        try:
            return date.fromisoformat(cell) if cell else None
        except ValueError:
            raise BadCell(column, f"is {cell!r}, not a day such as 2026-02-11") from None

    def needed_day(self, column: str) -> date:
        """Return the day; raise `BadCell` where there is none."""
        self.needed(column)
        day = self.day(column)
        assert day is not None  # noqa: S101 - for mypy: `needed` has seen a text
        return day

    def check_moment(self, column: str) -> None:
        """Raise `BadCell` unless the cell is a time such as 2012-04-23T18:25:43.511Z."""
        cell = self.needed(column)
        try:
            datetime.fromisoformat(cell)
        except ValueError:
            raise BadCell(column, f"is {cell!r}, not a time such as 2026-02-11T18:25:43.511Z") from None


def rows_of(files: RosterZip, name: str, columns: tuple[str, ...], faults: list[Fault]) -> Iterator[Row]:
    """Yield the rows of a file, passing over empty lines; those of another length go to `faults`.

    Raises `BadRoster` for a header that is not the standard's, and for what is no CSV.
    """
    with files.open(name) as text:
        reader = csv.reader(text, strict=True)
        try:
            header = next(reader, [])
            if (wrong := fault_of_header(header, columns)) is not None:
                raise BadRoster(str(Fault(name, 1, *wrong)))
            places = {column: place for place, column in enumerate(header)}
            yield from _rows(name, reader, places, faults)
        except csv.Error as error:
            raise BadRoster(f"{name} line {reader.line_num}: {error}") from None


def _rows(name: str, reader: CsvReader, places: Mapping[str, int], faults: list[Fault]) -> Iterator[Row]:
    line = reader.line_num
    for count, cells in enumerate(reader):
        begins, line = line + 1, reader.line_num
        if count >= MAX_ROWS:
            raise BadRoster(f"{name} has more than {MAX_ROWS} rows")
        if len(cells) == len(places):
            yield Row(begins, places, cells)
        elif cells:
            faults.append(Fault(name, begins, "", f"has {len(cells)} cells, the header {len(places)}"))
