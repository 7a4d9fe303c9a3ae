"""A drawn person who walks by, a clock that tests wind by hand, and stand-ins for camera and server."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
import redis
from numpy.typing import NDArray

from adsum_camera.adapters.frames import tame_opencv
from adsum_camera.adapters.spool import Spool
from adsum_contracts.commands import Committed
from adsum_contracts.events import CAMERA_EVENT
from adsum_contracts.ids import CameraId, CommandId
from adsum_contracts.routes import commands_stream, events_stream
from adsum_contracts.sealing import seal, unseal

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
BACKGROUND = (150, 155, 150)


class HandClock:
    """A clock whose waits pass at once; it asks to stop after `lasts_s`."""

    offset_s = None

    def __init__(self, at: datetime = NOON, lasts_s: float = 1e9) -> None:
        self.at, self.seconds, self.lasts_s = at, 100.0, lasts_s + 100.0

    @property
    def stopping(self) -> bool:
        return self.seconds >= self.lasts_s

    def now(self) -> datetime:
        return self.at

    def seconds_since_1970(self) -> float:
        return self.at.timestamp()

    def steady(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.pass_s(max(seconds, 1e-6))

    def heard(self, entry_id: bytes, sent_at: float, answered_at: float) -> None:
        """It is never wrong."""

    def pass_s(self, seconds: float) -> None:
        self.seconds += seconds
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Callable[..., HandClock]:
    return HandClock


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", CAMERA, KEY)


@pytest.fixture(scope="session")
def drawn_person() -> NDArray[np.uint8]:
    """Head and shoulders, (220, 220, 3), that MTCNN takes for a face of 96 px."""
    return _drawn_person(220)


@pytest.fixture(scope="session")
def lesson_video(tmp_path_factory: pytest.TempPathFactory, drawn_person: NDArray[np.uint8]) -> Path:
    """Three seconds, ten frames each, of one person who crosses a picture of 640 x 360."""
    return _filmed(tmp_path_factory.mktemp("video") / "lesson.mp4", drawn_person, frames=30, fps=10)


@pytest.fixture(scope="session")
def long_video(tmp_path_factory: pytest.TempPathFactory, drawn_person: NDArray[np.uint8]) -> Path:
    """The same person for a minute, four frames a second."""
    return _filmed(tmp_path_factory.mktemp("video") / "long.mp4", drawn_person, frames=240, fps=4)


def _filmed(path: Path, person: NDArray[np.uint8], frames: int, fps: float) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (640, 360))
    grain = np.random.default_rng(0).normal(0, 3, (360, 640, 3))
    for index in range(frames):
        frame = np.full((360, 640, 3), BACKGROUND, np.float64)
        left = round(60 + 240 * index / frames)
        frame[100:320, left : left + 220] = person
        writer.write(np.clip(frame + np.roll(grain, 7 * index, axis=1), 0, 255).astype(np.uint8))
    writer.release()
    return path


def _drawn_person(size: int) -> NDArray[np.uint8]:
    n = 2 * size
    picture = np.full((n, n, 3), BACKGROUND, np.uint8)

    def oval(x: float, y: float, width: float, height: float, colour: tuple[int, int, int]) -> None:
        centre, axes = (int(x * n), int(y * n)), (int(width * n), int(height * n))
        cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)

    oval(0.5, 1.05, 0.42, 0.30, (120, 60, 40))
    oval(0.5, 0.72, 0.07, 0.13, (125, 150, 190))
    oval(0.5, 0.42, 0.25, 0.33, (30, 40, 55))
    oval(0.5, 0.46, 0.21, 0.28, (150, 180, 225))
    oval(0.5, 0.24, 0.19, 0.09, (30, 40, 55))
    for side in (-1, 1):
        oval(0.5 + 0.085 * side, 0.425, 0.050, 0.035, (135, 160, 205))
        oval(0.5 + 0.085 * side, 0.430, 0.042, 0.020, (235, 235, 235))
        oval(0.5 + 0.085 * side, 0.430, 0.019, 0.019, (50, 40, 30))
        oval(0.5 + 0.085 * side, 0.380, 0.055, 0.010, (35, 45, 60))
        oval(0.5 + 0.025 * side, 0.545, 0.012, 0.009, (70, 85, 120))
    oval(0.5, 0.49, 0.015, 0.050, (165, 195, 235))
    oval(0.5, 0.56, 0.040, 0.012, (120, 145, 190))
    oval(0.5, 0.63, 0.075, 0.022, (95, 95, 170))
    oval(0.5, 0.63, 0.070, 0.003, (60, 60, 110))
    blurred = cv2.GaussianBlur(picture, (0, 0), n / 250)
    return np.asarray(cv2.resize(blurred, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


class NetworkCamera:
    """The camera of `rtsp_camera.py`, a process of its own; it keeps its port when it starts again."""

    def __init__(self, *options: str) -> None:
        self.options = options
        self.port = 0
        self.process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        command = [sys.executable, str(Path(__file__).with_name("rtsp_camera.py")), *self.options]
        process = subprocess.Popen(
            [*command, "--port", str(self.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        self.port = int(process.stdout.readline())
        return process

    def url(self, credentials: str = "", path: str = "live") -> str:
        return f"rtsp://{credentials}127.0.0.1:{self.port}/{path}"

    def tell(self, line: str) -> None:
        """Have it do one of the things that `rtsp_camera.py` names."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def pause(self) -> None:
        """Stop the process in its tracks: connections stay, nothing comes."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def start_again(self) -> None:
        self.process = self._started()


@pytest.fixture
def network_camera() -> Iterator[Callable[..., NetworkCamera]]:
    """Start cameras with the options of `rtsp_camera.py`; all are gone after the test."""
    tame_opencv(threads=1)
    cameras: list[NetworkCamera] = []

    def started(*options: str) -> NetworkCamera:
        cameras.append(NetworkCamera(*options))
        return cameras[-1]

    yield started
    for camera in cameras:
        camera.kill()


class ConfirmingServer:
    """Keeps each event once, by its place in its spool, and confirms what it has, as the recognizer does.

    `confirms` says of each entry whether it is confirmed: what is not is sent again.
    """

    def __init__(self, client: redis.Redis, confirms: Callable[[], bool] = lambda: True) -> None:
        self._client, self._confirms = client, confirms
        self._last = b"0"
        self.kept: dict[tuple[UUID, int], tuple[bytes, bytes]] = {}
        self.order: list[int] = []
        self.faults: list[str] = []

    @property
    def copies(self) -> int:
        """How many entries came that it had already."""
        return len(self.order) - len(self.kept)

    def take(self, block_ms: int | None = None) -> None:
        """Take what has come, or what comes within `block_ms`."""
        for _, entries in self._client.xread({events_stream(CAMERA): self._last}, 500, block_ms) or ():
            self._last = entries[-1][0]
            places = [self._kept(fields) for _, fields in entries]
            self._confirm([place for place in places if self._confirms()])

    def _kept(self, fields: dict[bytes, bytes]) -> tuple[UUID, int]:
        entry = unseal("event", fields, KEY)
        event = CAMERA_EVENT.validate_json(entry.body)
        content, place = (entry.body, entry.blob), (event.spool_id, event.sequence)
        if self.kept.setdefault(place, content) != content:
            self.faults.append(f"sequence {event.sequence} came with two contents")
        self.order.append(event.sequence)
        return place

    def _confirm(self, places: list[tuple[UUID, int]]) -> None:
        for spool_id in {spool_id for spool_id, _ in places}:
            command = Committed(
                camera_id=CAMERA, command_id=CommandId(uuid4()), issued_at=NOON, spool_id=spool_id,
                sequences=tuple(sequence for of, sequence in places if of == spool_id),
            )  # fmt: skip
            fields = seal("command", command.model_dump_json().encode(), b"", KEY)
            self._client.xadd(commands_stream(CAMERA), fields)


@pytest.fixture
def confirming_server() -> type[ConfirmingServer]:
    return ConfirmingServer
