"""How many SQL statements a piece of work takes; of a request, told in a header of its answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "adsum-statements"


@dataclass(slots=True)
class Count:
    """Statements so far."""

    statements: int = 0


_counting: ContextVar[Count | None] = ContextVar("statements of the work at hand", default=None)


@contextmanager
def counted(engine: Engine) -> Iterator[Count]:
    """Count what the block sends to `engine`, in this thread and in those that it hands its context to."""
    if not event.contains(engine, "before_cursor_execute", _count):
        event.listen(engine, "before_cursor_execute", _count)
    count = Count()
    token = _counting.set(count)
    try:
        yield count
    finally:
        _counting.reset(token)


class CountStatements:
    """Tells of each request what it had sent to `engine` when its answer began."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app, self._engine = app, engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with counted(self._engine) as count:

            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    header = (HEADER.encode(), str(count.statements).encode())
                    message["headers"] = [*message["headers"], header]
                await send(message)

            await self._app(scope, receive, told)


def _count(*_: Any) -> None:  # noqa: ANN401 - SQLAlchemy tells its listeners more than is needed here
    count = _counting.get()
    if count is not None:
        count.statements += 1
