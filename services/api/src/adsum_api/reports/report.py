"""A report: tables with typed cells, and what stands above them. Pure; `formats` writes one as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

Cell = str | int | float | date | datetime | None
Row = tuple[Cell, ...]
Kind = Literal["text", "whole", "decimal", "share", "day", "instant"]


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is for programs, `title` for people; `width` in characters. A `share` is from 0 to 1, an
    `instant` aware. `words`: what people read instead of a code."""

    key: str
    title: str
    kind: Kind
    width: int
    words: Mapping[str, str] | None = None

    def read(self, cell: Cell) -> Cell:
        """Return what people read in this column for `cell`."""
        return self.words.get(cell, cell) if self.words is not None and isinstance(cell, str) else cell


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as long as `columns`, read once; `totals` is a row as well. `paper`: the keys of the columns that
    a page has room for, all where none is named."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    totals: Row | None = None
    paper: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """`facts` are labels with their texts, `legend` words with their meanings. The first table is the report,
    the others go with it. `signed`: there is a place for a teacher's signature. Times are read in `zone`."""

    title: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    zone: ZoneInfo
    made_at: datetime
    legend: tuple[tuple[str, str], ...] = ()
    signed: bool = False


def local_text(at: datetime, zone: ZoneInfo) -> str:
    """Return the time as people of the school read it."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
