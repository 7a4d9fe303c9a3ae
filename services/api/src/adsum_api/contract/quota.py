"""How much a caller may ask of one process, told as draft-ietf-httpapi-ratelimit-headers does.

It keeps a program that runs in circles from taking the api from everybody else. It is counted in memory: a
shared counter would put a server and its outages before every request. Several processes allow several times
as much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from time import monotonic
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adsum_api.deps import known_by
from adsum_api.problems import problem

BELOW: Final = "/v1/"
EXCEEDED: Final = "https://iana.org/assignments/http-problem-types#quota-exceeded"


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `requests` in each window of `window_s` seconds."""

    requests: int
    window_s: int = 60
    name: str = "default"

    @property
    def policy(self) -> str:
        """The field `RateLimit-Policy`."""
        return f'"{self.name}";q={self.requests};w={self.window_s}'


@dataclass(frozen=True, slots=True)
class Window:
    """What a caller has asked for since `began_s`."""

    began_s: float
    asked: int

    def left(self, quota: Quota) -> int:
        """How many more requests the quota allows."""
        return max(0, quota.requests - self.asked)

    def ends_in_s(self, quota: Quota, now_s: float) -> int:
        """After how many whole seconds a new window begins."""
        return min(quota.window_s, max(1, ceil(self.began_s + quota.window_s - now_s)))


def asked_again(window: Window | None, quota: Quota, now_s: float) -> Window:
    """Return the caller's window with one more request in it. Pure."""
    if window is None or now_s >= window.began_s + quota.window_s:
        return Window(now_s, 1)
    return Window(window.began_s, window.asked + 1)


class QuotaGate:
    """Answers 429 beyond the quota, and tells everybody how much is left.

    It stands behind the token's gate, so that only callers who are known are counted.
    """

    def __init__(self, app: ASGIApp, quota: Quota, clock: Callable[[], float] = monotonic) -> None:
        self._app = app
        self._quota = quota
        self._clock = clock
        self._windows: dict[tuple[str, str], Window] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(BELOW):
            await self._app(scope, receive, send)
            return
        now_s, caller = self._clock(), _caller_of(scope)
        window = asked_again(self._windows.get(caller), self._quota, now_s)
        self._windows[caller] = window
        told = self._told(window, now_s)
        app = self._app if window.asked <= self._quota.requests else self._refusal(window, now_s)
        await app(scope, receive, _with(told, send))

    def _told(self, window: Window, now_s: float) -> dict[str, str]:
        left, ends_in_s = window.left(self._quota), window.ends_in_s(self._quota, now_s)
        return {
            "RateLimit-Policy": self._quota.policy,
            "RateLimit": f'"{self._quota.name}";r={left};t={ends_in_s}',
        }

    def _refusal(self, window: Window, now_s: float) -> ASGIApp:
        wait_s = window.ends_in_s(self._quota, now_s)
        return problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"more than {self._quota.requests} requests in {self._quota.window_s} s: wait {wait_s} s",
            kind=EXCEEDED,
            more={"violated-policies": [self._quota.name]},
            headers={"Retry-After": str(wait_s)},
        )


def _with(told: dict[str, str], send: Send) -> Send:
    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(told)
        await send(message)

    return telling


def _caller_of(scope: Scope) -> tuple[str, str]:
    """Return whom the gate found, so that nobody uses up what another may ask, and which of the two they are
    by now: a program, or pages, whose events are below `/v1` as well."""
    known = known_by(scope)
    kind = "program" if "authorization" in Headers(scope=scope) else "page"
    return kind, "" if known is None else known.key
