"""Tables on pages: which text goes where. Pure; `width_of` measures a text in points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from adsum_api.reports.report import Cell, Column, Row, Table, local_text

LEADING: Final = 10.5
PADDING: Final = 3.0
NUMERIC: Final = frozenset({"whole", "decimal", "share"})

WidthOf = Callable[[str], float]
Look = Literal["heading", "header", "row", "sum", "text", "space"]


@dataclass(frozen=True, slots=True)
class Placed:
    """Lines of text from `x` (points from the left margin) on, `width` wide; `right` aligned or left."""

    x: float
    width: float
    lines: tuple[str, ...]
    right: bool = False


@dataclass(frozen=True, slots=True)
class Strip:
    """A stripe over the whole page. `above` comes first again where a new page begins with it; `keep` points
    below it stay on its page."""

    look: Look
    height: float
    placed: tuple[Placed, ...] = ()
    above: Strip | None = None
    keep: float = 0


def table_strips(table: Table, zone: ZoneInfo, width: float, width_of: WidthOf) -> Iterator[Strip]:
    """Yield the table's name, header, rows and totals, with the columns stretched to `width`."""
    columns = [each for each in table.columns if not table.paper or each.key in table.paper]
    places = [table.columns.index(each) for each in columns]
    unit = width / sum(column.width for column in columns)
    widths = [column.width * unit for column in columns]

    def strip(look: Look, row: Sequence[str], above: Strip | None = None) -> Strip:
        return _strip(look, columns, widths, row, width_of, above)

    def texts(row: Row) -> list[str]:
        return [text_of(each, row[place], zone) for each, place in zip(columns, places, strict=True)]

    header = strip("header", [column.title for column in columns])
    keep = header.height + 2 * LEADING
    yield Strip("heading", 2.5 * LEADING, (Placed(0, width, (table.name,)),), keep=keep)
    yield header
    for row in table.rows:
        yield strip("row", texts(row), header)
    if table.totals is not None:
        yield strip("sum", texts(table.totals), header)


def text_strips(
    texts: Iterable[str], width: float, width_of: WidthOf, look: Look = "text"
) -> Iterator[Strip]:
    """Yield each text, wrapped."""
    for text in texts:
        lines = wrapped(text, width, width_of)
        yield Strip(look, len(lines) * LEADING, (Placed(0, width, lines),))


def paged(strips: Iterable[Strip], height: float) -> list[list[Strip]]:
    """Part the strips into pages of `height` points."""
    pages: list[list[Strip]] = [[]]
    left = height
    for strip in strips:
        if pages[-1] and strip.height + strip.keep > left:
            pages.append([strip.above] if strip.above else [])
            left = height - sum(each.height for each in pages[-1])
        pages[-1].append(strip)
        left -= strip.height
    return pages


def wrapped(text: str, width: float, width_of: WidthOf) -> tuple[str, ...]:
    """Return `text` in lines no wider than `width`, parted at spaces, or within a word that is too long."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer) <= width:
            lines[-1] = longer
            continue
        *full, rest = _broken(word, width, width_of)
        lines = [line for line in lines if line] + [*full, rest]
    return tuple(lines)


def text_of(column: Column, cell: Cell, zone: ZoneInfo) -> str:
    """Return what stands on paper for `cell`."""
    match column.read(cell):
        case None:
            return ""
        case datetime() as at:
            return local_text(at, zone)
        case date() as day:
            return day.isoformat()
        case float() as share if column.kind == "share":
            return f"{share:.1%}"
        case float() as number:
            return f"{number:.1f}"
        case told:
            return str(told)


def _broken(word: str, width: float, width_of: WidthOf) -> list[str]:
    parts = [""]
    for character in word:
        if parts[-1] and width_of(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts


def _strip(
    look: Look, columns: Sequence[Column], widths: Sequence[float], row: Sequence[str], width_of: WidthOf,
    above: Strip | None,
) -> Strip:  # fmt: skip
    placed: list[Placed] = []
    x = 0.0
    for column, width, text in zip(columns, widths, row, strict=True):
        lines = wrapped(text, width - 2 * PADDING, width_of)
        placed.append(Placed(x + PADDING, width - 2 * PADDING, lines, column.kind in NUMERIC))
        x += width
    most = max(len(each.lines) for each in placed)
    return Strip(look, most * LEADING + PADDING, tuple(placed), above)
