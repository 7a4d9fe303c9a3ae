"""How long answers take, by route: never by what was asked for."""

from __future__ import annotations

import time
from typing import Final

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adsum_api.contract.request_id import template_of

BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Latencies:
    """The answers of this process, since it began."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "adsum_api_request_seconds", "Until an answer began.", ("method", "route", "status"),
            buckets=BUCKETS_S, registry=self.registry,
        )  # fmt: skip

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answer of this status (2xx, 4xx …) that began after so long."""
        labels = (scope["method"], template_of(scope), f"{status // 100}xx")
        self._seconds.labels(*labels).observe(seconds)


class MeasureLatency:
    """Measures each request until its answer begins: a stream of events lasts as long as its page."""

    def __init__(self, app: ASGIApp, latencies: Latencies) -> None:
        self._app, self._latencies = app, latencies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._latencies.note(scope, message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, measured)
