"""The deployment's front door, as a caller outside knocks at it: HTTPS, trusting its own authority alone."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from deploy.verify.composition import PORTS, Failed

Json = dict[str, Any]
TIMEOUT_S: Final = 60


@dataclass(frozen=True)
class Door:
    """Knocks with the installation's own token; `secrets` is its folder of secrets."""

    secrets: Path

    def status(self, path: str, *, token: bool = False) -> int:
        """Return the status of a GET, with or without the token."""
        return self._answer("GET", path, None, self._authorization() if token else {})[0]

    def ask(self, method: str, path: str, body: Json | None = None) -> Any:  # noqa: ANN401 - JSON
        """Return what a successful call answers; raise `Failed` with what a refusal says."""
        headers = self._authorization() | {
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid4()),
        }
        status, answer = self._answer(method, path, body, headers)
        if status >= 300:
            raise Failed(f"{method} {path}: {status} {answer[:200].decode()}")
        return json.loads(answer) if answer else None

    def new_camera(self) -> str:
        """Make a room with a camera, and return the camera's id."""
        room = self.ask("POST", "/v1/rooms", {"name": f"Room {uuid4()}"})
        return str(self.ask("POST", "/v1/cameras", {"name": f"{uuid4()}", "room_id": room["id"]})["id"])

    def _answer(
        self, method: str, path: str, body: Json | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        authority = ssl.create_default_context(cafile=str(self.secrets / "ca.pem"))
        port = int(PORTS["ADSUM_HTTPS_PORT"])
        with closing(HTTPSConnection("localhost", port, timeout=TIMEOUT_S, context=authority)) as door:
            door.request(method, path, None if body is None else json.dumps(body), dict(headers))
            answer = door.getresponse()
            return answer.status, answer.read()

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {(self.secrets / 'api_token').read_text('utf-8').strip()}"}
