"""How large a request may be, counted while it streams in: a length that the caller states proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adsum_api.enrolment.photos import MAX_PHOTO_BYTES, MAX_PHOTOS

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_UPLOAD_BYTES: Final = MAX_PHOTOS * MAX_PHOTO_BYTES + MAX_BODY_BYTES
"""All photos of one request, and the form around them."""

UPLOADS: Final[Mapping[str, int]] = {
    "/v1/imports/oneroster": 64 * 1024**2 + MAX_BODY_BYTES,
    "/v1/imports/ics": 8 * 1024**2 + MAX_BODY_BYTES,
}
"""Paths that take one file, and how many bytes a request there has at most."""


class BodyLimit:
    """Ends a request whose body grows too large for its path with 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its body counted."""
        limited = _counted(receive, _limit(scope["path"])) if scope["type"] == "http" else receive
        await self._app(scope, limited, send)


def _limit(path: str) -> int:
    if path.endswith("/photos"):
        return MAX_UPLOAD_BYTES
    return UPLOADS.get(path, MAX_BODY_BYTES)


def _counted(receive: Receive, limit: int) -> Receive:
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request here has at most {limit // 1024} KB"
            )
        return message

    return counted
