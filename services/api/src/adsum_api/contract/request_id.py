"""`X-Request-ID`: a caller's own, or a new one, in the answer and in every log line of the request."""

from __future__ import annotations

import re
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from adsum_contracts import tracing

HEADER: Final = "X-Request-ID"

_PLAIN = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class RequestIds:
    """Names each request; an id that could forge a log line is not taken over."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope)
        request_id = id_of(sent.get(HEADER, ""))

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
                tracing.note(status=message["status"])
            await send(message)

        with (
            bound_contextvars(request_id=request_id),
            tracing.step("request", [sent.get("traceparent", "")], begins=True, request_id=request_id),
        ):
            await self._app(scope, receive, named)
            tracing.rename(f"{scope['method']} {template_of(scope)}")


def template_of(scope: Scope) -> str:
    """Return the path as the router knows it, `/v1/students/{student_id}`: never what was asked for."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def id_of(sent: str) -> str:
    """Return the id that was sent, or a new one where none, or no plain one, was."""
    return sent if _PLAIN.fullmatch(sent) else str(uuid4())
