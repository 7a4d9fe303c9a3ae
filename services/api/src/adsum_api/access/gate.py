"""The gate around the whole application: it finds out who calls, and lets nobody else in.

A route that somebody forgets is closed, and so are the documents and unknown addresses. A program sends an
access token as `Authorization: Bearer`, a browser has the cookie of a session. The installation's own token
opens everything (docs/decisions/0010); a browser shows it once, as `?token=`, and gets a cookie from which
it cannot be computed.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adsum_api.access.callers import Callers
from adsum_api.deps import Operator
from adsum_api.errors import SERVERS_AWAY, Unavailable
from adsum_api.problems import problem, refused, server_away
from adsum_api.sign_on.settings import CALLBACK

COOKIE: Final = "adsum"
SESSION_COOKIE: Final = "adsum_session"
SIGN_IN: Final = "/sign-in"
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - an address
METADATA_PATH: Final = "/.well-known/oauth-authorization-server"
JOIN_PATH: Final = "/join"
CHECK_IN: Final = "/check-in"
CHECK_IN_DEVICE: Final = "/check-in/device"
SIGN_ON: Final = f"{SIGN_IN}/sso"
SIGN_ON_END: Final = f"{SIGN_ON}/sign-out"
OPEN: Final = frozenset({
    "/healthz", "/metrics", SIGN_IN, TOKEN_PATH, METADATA_PATH, CHECK_IN, CHECK_IN_DEVICE, JOIN_PATH, SIGN_ON,
    CALLBACK, SIGN_ON_END,
})  # fmt: skip
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
        if not _from_our_pages(request):
            return _foreign_page()
        if path in OPEN or path.startswith(OPEN_BELOW):
            return None
        if request.method == "GET" and same(request.query_params.get("token", ""), self._token):
            return self._welcome(request)
        return await self._unless_known(request)

    async def _unless_known(self, request: Request) -> Response | None:
        try:
            caller = await run_in_threadpool(self._caller_of, request)
        except Unavailable as error:
            return refused(request, error)
        except SERVERS_AWAY as error:
            return server_away(request, error)
        request.state.caller = caller
        return _stranger(request) if caller is None else None

    def _caller_of(self, request: Request) -> Operator | None:
        if "authorization" in request.headers:
            shown = _bearer(request)
            return self._callers.operator() if same(shown, self._token) else self._callers.machine(shown)
        session = request.cookies.get(SESSION_COOKIE)
        person = self._callers.person(session) if session else None
        if person is None and same(request.cookies.get(COOKIE, ""), self._cookie):
            return self._callers.operator()
        return person

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
    """SameSite does not tell ports of one machine apart, so what a page writes must name our own origin."""
    origin = request.headers.get("origin")
    ours = f"{request.url.scheme}://{request.headers.get('host', '')}"
    by_cookie = "authorization" not in request.headers
    return request.method in READING or not by_cookie or origin is None or origin == ours


def _bearer(request: Request) -> str:
    kind, _, token = request.headers["authorization"].partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _stranger(request: Request) -> Response:
    """Show a browser where to sign in; tell a program what to send."""
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{SIGN_IN}?{urlencode({'next': wanted})}", HTTPStatus.SEE_OTHER)
    return problem(
        HTTPStatus.UNAUTHORIZED,
        "send an access token as Authorization: Bearer (see POST /oauth/token), or sign in at /sign-in",
        headers={"WWW-Authenticate": 'Bearer realm="adsum"'},
    )


def _foreign_page() -> Response:
    return problem(HTTPStatus.FORBIDDEN, "a page of another origin may not write here")
