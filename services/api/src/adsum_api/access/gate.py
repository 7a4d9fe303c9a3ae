"""The gate around the whole application: it finds out who calls, and lets nobody else in.

A route that somebody forgets is closed, and so are the documents and unknown addresses. A program sends
`Authorization: Bearer`; a browser has a cookie. The token of the installation (docs/decisions/0010) opens
everything; a browser shows it once, as `?token=`, and gets a cookie from which it cannot be computed.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adsum_api.access.callers import Callers
from adsum_api.deps import Operator
from adsum_api.errors import SERVERS_AWAY, Unavailable
from adsum_api.problems import problem, refused, server_away

COOKIE: Final = "adsum"
OPEN: Final = frozenset({"/healthz"})
OPEN_BELOW: Final = "/static/"
"""Where strangers may go as well; `everybody()` is what their routes state."""
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """Lets a request through to `app` with its caller, as `request.state.caller`."""

    def __init__(self, app: ASGIApp, callers: Callers, token: str) -> None:
        self._app = app
        self._callers = callers
        self._token = token
        self._cookie = hmac.new(token.encode(), b"adsum pages v1", sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        answer = await self._answer(Request(scope)) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        path = request.url.path
        if path in OPEN or path.startswith(OPEN_BELOW):
            return None
        if request.method == "GET" and same(request.query_params.get("token", ""), self._token):
            return self._welcome(request)
        return await self._unless_known(request) if _from_our_pages(request) else _foreign_page()

    async def _unless_known(self, request: Request) -> Response | None:
        try:
            caller = await run_in_threadpool(self._caller_of, request)
        except Unavailable as error:
            return refused(request, error)
        except SERVERS_AWAY as error:
            return server_away(request, error)
        request.state.caller = caller
        return _stranger() if caller is None else None

    def _caller_of(self, request: Request) -> Operator | None:
        return self._callers.operator() if self._shows_token(request) else None

    def _shows_token(self, request: Request) -> bool:
        if "authorization" not in request.headers:
            return same(request.cookies.get(COOKIE, ""), self._cookie)
        return same(_bearer(request), self._token)

    def _welcome(self, request: Request) -> Response:
        """Set the cookie, and lead to the same address without the token, so that no history keeps it."""
        clean = request.url.remove_query_params("token")
        target = "/" + clean.path.lstrip("/") + (f"?{clean.query}" if clean.query else "")
        answer = RedirectResponse(target, HTTPStatus.SEE_OTHER)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, self._cookie, httponly=True, samesite="strict", secure=secure)
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer


def same(given: str, right: str) -> bool:
    """Compare in constant time, whatever characters were sent."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode())


def _from_our_pages(request: Request) -> bool:
    """SameSite does not tell ports of one machine apart, so what a cookie writes must name our own origin."""
    origin = request.headers.get("origin")
    ours = f"{request.url.scheme}://{request.headers.get('host', '')}"
    by_cookie = "authorization" not in request.headers and bool(request.cookies)
    return request.method in READING or not by_cookie or origin is None or origin == ours


def _bearer(request: Request) -> str:
    kind, _, token = request.headers["authorization"].partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _stranger() -> Response:
    return problem(
        HTTPStatus.UNAUTHORIZED,
        "send the api's token as Authorization: Bearer, or open a page once with ?token=",
        headers={"WWW-Authenticate": 'Bearer realm="adsum"'},
    )


def _foreign_page() -> Response:
    return problem(HTTPStatus.FORBIDDEN, "a page of another origin may not write here")
