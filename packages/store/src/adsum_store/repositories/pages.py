"""A page of a list: the rows after a given one in the list's own order, or those that changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, tuple_

Ts = TypeVarTuple("Ts")

OrderBy = Sequence[Any]
"""Columns that order a list, and together tell each two of its rows apart."""


@dataclass(frozen=True, slots=True)
class PageWanted:
    """At most `limit` rows, all where it is None, behind the row that is ordered by `after`, of those that
    changed at `changed_since` or later."""

    limit: int | None = None
    after: tuple[str, ...] = ()
    changed_since: datetime | None = None


EVERYTHING: Final = PageWanted()


class BadCursor(ValueError):  # noqa: N818 - reads as the sentence it is
    """The place to go on after is none of this list."""

    def __init__(self) -> None:
        super().__init__("this cursor is none of this list: take it from the Link of the page before")


def narrowed(
    query: Select[*Ts], wanted: PageWanted, order: OrderBy, changed_at: ColumnElement[Any]
) -> Select[*Ts]:
    """Return `query` for the page; raise `BadCursor`."""
    query = query.order_by(None).order_by(*order)
    if wanted.after:
        query = query.where(tuple_(*order) > tuple_(*_values(order, wanted.after)))
    if wanted.changed_since is not None:
        query = query.where(changed_at >= wanted.changed_since)
    return query if wanted.limit is None else query.limit(wanted.limit)


def _values(order: OrderBy, after: tuple[str, ...]) -> list[ColumnElement[Any]]:
    if len(order) != len(after):
        raise BadCursor
    return [
        literal(_read(text, column.type.python_type), column.type)
        for column, text in zip(order, after, strict=True)
    ]


def _read(text: str, kind: type) -> object:
    try:
        if kind is datetime:
            at = datetime.fromisoformat(text)
            return at if at.tzinfo is not None and 1970 < at.year < 9000 else _refuse()
        if kind is int:
            number = int(text)
            return number if abs(number) < 2**63 else _refuse()
        if kind is date:
            return date.fromisoformat(text)
        return UUID(text) if kind is UUID else _text(text)
    except ValueError:
        raise BadCursor from None


def _text(text: str) -> str:
    text.encode()  # half of a surrogate pair is no text
    return _refuse() if "\x00" in text else text


def _refuse() -> Any:  # noqa: ANN401 - it never returns
    raise BadCursor
