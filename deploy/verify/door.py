"""The deployment's front door, as a caller outside knocks at it: HTTPS, trusting its own authority alone."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from deploy.verify.composition import PORTS, Failed

Json = dict[str, Any]
TIMEOUT_S: Final = 60


@dataclass(frozen=True)
class Answer:
    """What was answered; `at`: when it was, in seconds of the monotonic clock."""

    status: int
    headers: HTTPMessage
    body: bytes
    at: float


@dataclass(frozen=True)
class Door:
    """Knocks with the installation's own token; `secrets` is its folder of secrets."""

    secrets: Path

    def status(self, path: str, *, token: bool = False) -> int:
        """Return the status of a GET, with or without the token."""
        return self.knock("GET", path, headers=self._authorization() if token else {}).status

    def ask(self, method: str, path: str, body: Json | None = None) -> Any:  # noqa: ANN401 - JSON
        """Return what a successful call answers; raise `Failed` with what a refusal says."""
        answer = self.call(method, path, body)
        if answer.status >= 300:
            raise Failed(f"{method} {path}: {answer.status} {answer.body[:200].decode()}")
        return json.loads(answer.body) if answer.body else None

    def call(self, method: str, path: str, body: Json | None = None) -> Answer:
        """Return whatever a call with the token answers."""
        sent = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        return self.knock(method, path, body, self._authorization() | sent)

    def new_camera(self) -> str:
        """Make a room with a camera, and return the camera's id."""
        room = self.ask("POST", "/v1/rooms", {"name": f"Room {uuid4()}"})
        return str(self.ask("POST", "/v1/cameras", {"name": f"{uuid4()}", "room_id": room["id"]})["id"])

    def knock(
        self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return whatever a call answers."""
        authority = ssl.create_default_context(cafile=str(self.secrets / "ca.pem"))
        port = int(PORTS["ADSUM_HTTPS_PORT"])
        with closing(HTTPSConnection("localhost", port, timeout=TIMEOUT_S, context=authority)) as door:
            door.request(method, path, None if body is None else json.dumps(body), dict(headers or {}))
            answer = door.getresponse()
            return Answer(answer.status, answer.headers, answer.read(), time.monotonic())

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {(self.secrets / 'api_token').read_text('utf-8').strip()}"}
