"""One token until accounts come (docs/decisions/0010): who has it may do everything.

A program sends it as `Authorization: Bearer`; a browser opens an address with `?token=` once and gets a
cookie, from which the token cannot be computed. Everything asks for it but `/healthz` and `/static/`.
"""

from __future__ import annotations

import hmac
import os
import secrets
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adsum_api.problems import problem

COOKIE: Final = "adsum"
OPEN: Final = "/healthz"
OPEN_BELOW: Final = "/static/"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_FILE: Final = "api-token"  # noqa: S105 - a file's name


class TokenGate:
    """Lets a request through to `app` when it shows the token, by constant-time comparison."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token
        self._cookie = hmac.new(token.encode(), b"adsum pages v1", sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        answer = self._answer(Request(scope)) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    def _answer(self, request: Request) -> Response | None:
        path = request.url.path
        if path == OPEN or path.startswith(OPEN_BELOW) or self._shows_token(request):
            return None
        if same(request.cookies.get(COOKIE, ""), self._cookie):
            return None if _from_our_pages(request) else _foreign_page()
        if request.method == "GET" and same(request.query_params.get("token", ""), self._token):
            return self._welcome(request)
        return problem(
            HTTPStatus.UNAUTHORIZED,
            "send the api's token as Authorization: Bearer, or open a page once with ?token=",
            headers={"WWW-Authenticate": 'Bearer realm="adsum"'},
        )

    def _shows_token(self, request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and same(token.strip(), self._token)

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
    """SameSite does not tell ports of one machine apart, so a writing request must name our own origin."""
    origin = request.headers.get("origin")
    ours = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return request.method in READING or origin is None or origin == ours


def _foreign_page() -> Response:
    return problem(HTTPStatus.FORBIDDEN, "a page of another origin may not write here")


def token_of(state_dir: Path) -> tuple[str, bool]:
    """Return the token kept in `state_dir` and whether it is new; only its owner can read the file."""
    path = state_dir / TOKEN_FILE
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = not path.exists() and _write_once(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="ascii").strip(), made


def _write_once(path: Path, token: str) -> bool:
    """Put `token` at `path` whole or not at all; return whether it was us, should two start at once."""
    with NamedTemporaryFile("w", encoding="ascii", dir=path.parent) as file:  # made with mode 0600
        file.write(token)
        file.flush()
        try:
            os.link(file.name, path)
        except FileExistsError:
            return False
    return True
