"""`/healthz` for whoever restarts a process, `/metrics` for Prometheus; on the loopback by default."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

import structlog
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from adsum_recognizer.errors import Misconfigured
from adsum_recognizer.metrics import Metrics
from adsum_recognizer.settings import Settings
from adsum_recognizer.sign_of_life import SignOfLife

log = structlog.get_logger()

JSON: Final = "application/json"
POLL_S: Final = 0.1
"""How soon it notices that it is to close."""


@contextmanager
def health_page(settings: Settings, sign: SignOfLife, metrics: Metrics) -> Iterator[int | None]:
    """Answer while the block lasts, and give the port; without a port in the settings, do nothing.

    Raises `Misconfigured` where the address cannot be used.
    """
    if settings.health_port is None:
        yield None
        return
    answers = _Answers(sign, metrics, settings.stalled_after_s)
    host, port = settings.health_host, settings.health_port
    try:
        server = ThreadingHTTPServer((host, port), partial(_Asked, answers))
    except OSError as error:
        raise Misconfigured(
            f"the health page's address {host}:{port} cannot be used ({error.strerror}): "
            "set ADSUM_HEALTH_HOST and ADSUM_HEALTH_PORT"
        ) from error
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(POLL_S,), name="health", daemon=True).start()
    log.info("health_page", host=host, port=server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class _Answers:
    """What each path says."""

    def __init__(self, sign: SignOfLife, metrics: Metrics, stalled_after_s: float) -> None:
        self._sign, self._metrics, self._stalled_after_s = sign, metrics, stalled_after_s

    def to(self, path: str) -> tuple[int, str, bytes]:
        """Return status, content type and body."""
        match path:
            case "/healthz":
                return self._health()
            case "/metrics":
                return 200, CONTENT_TYPE_PLAIN_0_0_4, self._metrics.text()
            case _:
                return 404, JSON, b'{"paths": ["/healthz", "/metrics"]}\n'

    def _health(self) -> tuple[int, str, bytes]:
        age_s = self._sign.age_s
        healthy = age_s < self._stalled_after_s
        body = json.dumps({"healthy": healthy, "sign_of_life_age_s": round(age_s, 1)}).encode() + b"\n"
        return 200 if healthy else 503, JSON, body


class _Asked(BaseHTTPRequestHandler):
    """Answers one request."""

    timeout = 10
    """For a client that says nothing."""

    def __init__(self, answers: _Answers, *connection: Any) -> None:  # noqa: ANN401 - as the server calls it
        self._answers = answers
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Answer what is known under the path."""
        status, content_type, body = self._answers.to(self.path.partition("?")[0])
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a probe every few seconds would fill the log."""
