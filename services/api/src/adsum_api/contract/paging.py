"""Lists page by page: an opaque cursor in `Link: <…>; rel="next"` (RFC 8288), and `updated_since`.

A cursor is the place of the page's last row in the list's order, so that rows that come or go meanwhile make
none appear twice, nor hide one that stays.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime

from adsum_store.repositories.pages import BadCursor, PageWanted

T = TypeVar("T")
MOST: Final = 500
USUAL: Final = 100


def storable(at: datetime) -> datetime:
    """Return a time that Postgres can hold; raise `ValueError`."""
    if not 1970 < at.year < 9000:
        raise ValueError("a year between 1971 and 8999")
    return at


Limit = Annotated[int, Query(ge=1, le=MOST, description="rows of a page")]
Cursor = Annotated[str, Query(max_length=2000, description="where to go on: from `Link` with rel=next")]
UpdatedSince = Annotated[
    AwareDatetime | None,
    AfterValidator(lambda at: at if at is None else storable(at)),
    Query(description="only what changed since; give when you began to read last, less a minute"),
]


@dataclass(frozen=True, slots=True)
class Paging:
    """The page that is asked for, and the answer that will say where the next one is."""

    request: Request
    response: Response
    limit: int
    wanted: PageWanted
    """One row more than the page has: it tells whether there is a next one."""

    def page(self, rows: Sequence[T], order: Callable[[T], tuple[object, ...]]) -> Sequence[T]:
        """Return the page's rows, and link the next; `order` gives what a row is ordered by."""
        if len(rows) > self.limit:
            rows = rows[: self.limit]
            self.link(cursor_at(order(rows[-1])))
        return rows

    def link(self, cursor: str) -> None:
        """Say where the next page is."""
        following = self.request.url.include_query_params(cursor=cursor)
        self.response.headers["Link"] = f'<{following}>; rel="next"'


def paging_of(
    request: Request, response: Response, limit: int, cursor: str, since: datetime | None
) -> Paging:
    """Return the page that these ask for; raise `BadCursor`."""
    return Paging(request, response, limit, PageWanted(limit + 1, place_of(cursor), since))


def _paging(
    request: Request,
    response: Response,
    limit: Limit = USUAL,
    cursor: Cursor = "",
    updated_since: UpdatedSince = None,
) -> Paging:
    return paging_of(request, response, limit, cursor, updated_since)


Paged = Annotated[Paging, Depends(_paging)]


def cursor_at(order: tuple[object, ...]) -> str:
    """Return the cursor of the row that is ordered by `order`."""
    texts = [each.isoformat() if isinstance(each, datetime) else str(each) for each in order]
    return urlsafe_b64encode(json.dumps(texts, ensure_ascii=False).encode()).decode().rstrip("=")


def place_of(cursor: str) -> tuple[str, ...]:
    """Return what `cursor_at` was given, as texts; raise `BadCursor`."""
    if not cursor:
        return ()
    try:
        texts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise BadCursor from None
    if not isinstance(texts, list) or not texts or not all(isinstance(each, str) for each in texts):
        raise BadCursor
    return tuple(texts)
