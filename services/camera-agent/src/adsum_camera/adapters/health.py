"""`/healthz` for whoever restarts the agent, `/metrics` for Prometheus; on the loopback by default."""

from __future__ import annotations

import json
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import starmap
from socket import socket
from socketserver import BaseServer
from threading import Thread
from typing import Final

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from adsum_camera.adapters.metrics import CameraMetrics
from adsum_camera.errors import CameraAgentError
from adsum_camera.status import PATIENCE_S, Standing, Statuses
from adsum_contracts.ids import CameraId

JSON: Final = "application/json"
POLL_S: Final = 0.1
"""How soon it notices that it is to close."""


class HealthUnavailable(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The address of the health page cannot be used."""


class HealthServer:
    """Answers for all cameras; raises `HealthUnavailable`. Nothing personal is told."""

    def __init__(self, statuses: Statuses, host: str, port: int, *, patience_s: float = PATIENCE_S) -> None:
        answers = _Answers(statuses, patience_s)
        try:
            self._server = ThreadingHTTPServer((host, port), partial(_Asked, answers))
        except (OSError, OverflowError) as error:
            raise HealthUnavailable(
                f"The health page's address {host}:{port} cannot be used: {error}. "
                "Set ADSUM_HEALTH_HOST and ADSUM_HEALTH_PORT."
            ) from error
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(POLL_S,), name="health", daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens: the port asked for, or a free one for 0."""
        return self._server.server_port

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


class _Answers:
    """What each path says."""

    def __init__(self, statuses: Statuses, patience_s: float) -> None:
        self._statuses, self._patience_s = statuses, patience_s
        self._metrics = CameraMetrics(statuses)

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
        cameras = [
            *map(self._open, self._statuses.standings()),
            *starmap(_failed, self._statuses.failures().items()),
        ]
        healthy = not any(camera["faults"] for camera in cameras)
        body = json.dumps({"healthy": healthy, "cameras": cameras}, indent=1).encode() + b"\n"
        return 200 if healthy else 503, JSON, body

    def _open(self, standing: Standing) -> dict[str, object]:
        return {
            "camera": str(standing.camera_id),
            "state": standing.state,
            "connected": standing.connected,
            "waiting": standing.spool_events,
            "faults": standing.faults(self._patience_s),
        }


def _failed(camera_id: CameraId, reason: str) -> dict[str, object]:
    """Tell of a camera that is closed, in the words of one that is open; its spool is not known now."""
    return {
        "camera": str(camera_id),
        "state": "failed",
        "connected": False,
        "waiting": None,
        "faults": [f"it failed and will be opened again by itself: {reason}"],
    }


class _Asked(BaseHTTPRequestHandler):
    """Answers one request."""

    timeout = 10
    """For a client that says nothing."""

    def __init__(
        self, answers: _Answers, request: socket, client_address: tuple[str, int], server: BaseServer
    ) -> None:
        self._answers = answers
        super().__init__(request, client_address, server)

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
