"""Several cameras in one process, as one runs it: films and a network camera, on a real Redis."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import redis

from adsum_contracts.events import CAMERA_EVENT, FaceCaptured, Heartbeat
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import events_stream
from adsum_contracts.sealing import unseal
from adsum_local.ports import free_port

KEYS = {number: bytes([number]) * 32 for number in (1, 2, 3)}
CAMERAS = {number: CameraId(UUID(int=number)) for number in KEYS}
NETWORK_CAMERA = 3


class Box:
    """What runs, and what it told the server."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self._url = process, url

    def told(self, number: int, kind: type) -> list[Any]:
        with redis.Redis.from_url(self._url) as client:
            entries = client.xrange(events_stream(CAMERAS[number]))
        events = [
            CAMERA_EVENT.validate_json(unseal("event", fields, KEYS[number]).body) for _, fields in entries
        ]
        return [event for event in events if isinstance(event, kind)]

    def sees(self, number: int) -> bool | None:
        """Whether frames come, by its last word; a busy machine may be too slow for all of them."""
        beats = self.told(number, Heartbeat)
        return beats[-1].state != "no_signal" if beats else None

    def stopped(self) -> tuple[float, str]:
        """Stop it as a supervisor would; return how long that took, and what it said."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=30)
        return time.monotonic() - began, errors


@pytest.fixture
def environment(tmp_path: Path, ingress_url: str) -> Mapping[str, str]:
    return os.environ | {
        "ADSUM_INGRESS_URL": ingress_url,
        "ADSUM_SPOOL_DIR": str(tmp_path / "spools"),
        "ADSUM_HEARTBEAT_S": "0.5",
        "ADSUM_ONCE_PATIENCE_S": "0.2",
        "ADSUM_READ_TIMEOUT_S": "1",
    }


def cameras_file(folder: Path, sources: Mapping[int, str]) -> Path:
    file = folder / "cameras.toml"
    tables = [
        f'[[camera]]\nname = "camera {number}"\nid = "{CAMERAS[number]}"\nsource = "{source}"\n'
        f'key = "{base64.urlsafe_b64encode(KEYS[number]).decode()}"\n'
        for number, source in sources.items()
    ]
    file.write_text("".join(tables))
    file.chmod(0o600)
    return file


@contextmanager
def running(file: Path, env: Mapping[str, str], *options: str) -> Iterator[Box]:
    command = [sys.executable, "-m", "adsum_camera", "run", "--cameras", str(file), *options]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Box(process, env["ADSUM_INGRESS_URL"])
        finally:
            process.kill()


def health(port: int) -> dict[str, str]:
    """How each camera stands, by its id; the page says 503 while one has failed."""
    answer = httpx.get(f"http://127.0.0.1:{port}/healthz")
    told = {camera["camera"]: camera["state"] for camera in answer.json()["cameras"]}
    assert answer.status_code == (503 if "failed" in told.values() else 200)
    return told


def eventually(holds: Callable[[], object], patience_s: float = 60) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def test_one_process_watches_films_and_a_camera_that_is_killed_and_comes_back(
    lesson_video: Path, environment: Mapping[str, str], tmp_path: Path, network_camera: Callable[..., Any]
) -> None:
    camera = network_camera()
    sources = {1: str(lesson_video), 2: str(lesson_video), NETWORK_CAMERA: camera.url()}
    with running(cameras_file(tmp_path, sources), environment, "--loop") as box:
        eventually(lambda: all(box.sees(number) for number in CAMERAS))
        eventually(lambda: all(box.told(number, FaceCaptured) for number in (1, 2)))
        camera.kill()
        eventually(lambda: box.sees(NETWORK_CAMERA) is False)
        beats = len(box.told(1, Heartbeat))
        eventually(lambda: len(box.told(1, Heartbeat)) > beats + 2)
        assert box.sees(1)
        assert box.sees(2)
        camera.start_again()
        eventually(lambda: box.sees(NETWORK_CAMERA))
        _, errors = box.stopped()
    assert box.process.returncode == 0, errors
    assert "Traceback" not in errors
    assert len(list((tmp_path / "spools").glob("*/spool.sqlite"))) == len(CAMERAS)


def test_with_once_the_process_ends_with_its_last_film(
    lesson_video: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    file = cameras_file(tmp_path, {1: str(lesson_video), 2: str(lesson_video)})
    with running(file, environment, "--once") as box:
        _, errors = box.process.communicate(timeout=60)
        assert box.process.returncode == 0, errors
        assert all(sum(beat.frames for beat in box.told(number, Heartbeat)) for number in (1, 2))


def test_a_camera_whose_spool_is_taken_is_told_as_failed_and_does_not_stop_the_others(
    lesson_video: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    file = cameras_file(tmp_path, {1: str(lesson_video), 2: str(lesson_video)})
    taken = tmp_path / "spools" / str(CAMERAS[2])
    taken.parent.mkdir()
    taken.touch()
    port = free_port()
    with running(file, environment | {"ADSUM_HEALTH_PORT": str(port)}, "--loop") as box:
        eventually(lambda: box.sees(1))
        eventually(lambda: health(port).get(str(CAMERAS[2])) == "failed")
        assert health(port)[str(CAMERAS[1])] != "failed"
        _, errors = box.stopped()
    assert "event=camera_failed" in errors
    assert "Traceback" not in errors
    assert box.process.returncode == 0
