"""The api of an installation, served by TLS beside the deployment's own ingress server."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn

from adsum_api.runtime import Runtime
from adsum_contracts.message import Message
from adsum_recognizer.ports import Waiting

TOKEN = "the-token-of-these-tests"


class NoTasks:
    """A `TaskSender` and a `Tasks` that have nothing to do: no face is in the film."""

    def send(self, task: str, queue: str, message: Message) -> None: ...
    def identify(self, task: object) -> None: ...
    def enrol_samples(self, task: object) -> None: ...
    def decide(self, lessons: object) -> None: ...

    def waiting(self) -> Waiting:
        return Waiting(0, 0)


@dataclass(frozen=True)
class Server:
    """The api, listening by TLS with the installation's own certificate."""

    port: int
    runtime: Runtime
    secrets: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def ask(self, method: str, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": str(uuid4())}
        authority = ssl.create_default_context(cafile=str(self.secrets / "ca.pem"))
        answer = httpx.request(method, self.url + path, headers=headers, verify=authority, **content)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def new_camera(self) -> UUID:
        room = self.ask("POST", "/v1/rooms", json={"name": f"Room {uuid4()}"})["id"]
        return UUID(self.ask("POST", "/v1/cameras", json={"name": f"{uuid4()}", "room_id": room})["id"])

    def credentials(self, camera_id: UUID) -> dict[str, str]:
        """What a box that joins for this camera gets."""
        joined = self.ask("POST", "/join", json={"token": self.token(camera_id)})
        shown: dict[str, str] = joined["cameras"][0]["credentials"]
        return shown

    def token(self, camera_id: UUID) -> str:
        asked = {"camera_ids": [str(camera_id)]}
        return str(self.ask("POST", "/v1/join-tokens", json=asked)["token"])


@contextmanager
def listening(app: Any, port: int, secrets: Path) -> Iterator[None]:
    files = {"ssl_certfile": str(secrets / "proxy.pem"), "ssl_keyfile": str(secrets / "proxy.key")}
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", **files))
    thread = Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield
    running.should_exit = True
    thread.join(10)
