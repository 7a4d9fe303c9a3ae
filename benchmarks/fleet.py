"""Real camera agents on simulated cameras, against a real Redis and a stand-in for the recognizer.

The stand-in tells the agents when lessons begin, and does what they wait for: it takes every event and
answers `Committed`. It names nobody. Its CPU time and Redis's are not the agents'.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread
from typing import Any, cast
from uuid import uuid4

import psutil
import redis

from adsum_contracts.commands import Committed, Configure, LessonHours
from adsum_contracts.events import CAMERA_EVENT, FaceCaptured, Heartbeat
from adsum_contracts.ids import CameraId, CommandId
from adsum_contracts.routes import COMMANDS_MAXLEN, commands_stream, events_stream
from adsum_contracts.sealing import KEY_BYTES, seal, unseal
from adsum_local.children import start_child, stop_child
from adsum_local.ports import free_port
from adsum_local.redis_server import RedisServer
from adsum_local.stack import tool
from benchmarks.films import Film

HEARTBEAT_S = 2.0
START_PATIENCE_S = 90.0
LESSONS_TOLD = 8


@dataclass(frozen=True, slots=True)
class SimCamera:
    """A camera that shows a film over and over, and has come `shift_s` seconds into it at the start."""

    id: CameraId
    key: bytes
    film: Film
    starts_at: datetime


@dataclass(slots=True)
class Load:
    """What a fleet of cameras cost and gave. Seconds of CPU and of the clock are those of the window;
    `faces` are all since the start, each with its picture (JPEG)."""

    cameras: Sequence[SimCamera]
    seconds: float
    cpu_s: float
    frames: int
    dropped: int
    looks: int
    limited: int
    faces: Mapping[CameraId, Sequence[tuple[FaceCaptured, bytes]]]

    @property
    def cores(self) -> float:
        """How many cores were busy, on average."""
        return self.cpu_s / self.seconds

    @property
    def dropped_share(self) -> float:
        """The share of the frames that came and went unseen."""
        return self.dropped / max(self.frames + self.dropped, 1)


def cameras_on(films: Sequence[Film], count: int) -> tuple[SimCamera, ...]:
    """Return `count` cameras, spread over the films and evenly over their time."""
    now = datetime.now(UTC)
    return tuple(
        SimCamera(
            CameraId(uuid4()),
            secrets.token_bytes(KEY_BYTES),
            film := films[place % len(films)],
            now - timedelta(seconds=film.truth.lesson_s * (place + 0.5) / count),
        )
        for place in range(count)
    )


def watch(cameras: Sequence[SimCamera], seconds: float) -> Load:
    """Let agents watch these cameras, and measure for `seconds` from when all of them see something.

    Raises `RuntimeError` when an agent ends or does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="adsum-cameras-"))
    with ExitStack() as closing:
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        url = closing.enter_context(_redis(folder))
        server = _Server(redis.Redis.from_url(url), cameras)
        closing.callback(server.stop)
        agents = [_start(group, folder, url) for group in _groups(cameras)]
        for agent in agents:
            closing.callback(stop_child, agent)
        _await(server.all_watch, agents)
        began, cpu = datetime.now(UTC), _cpu_s(agents)
        time.sleep(seconds)
        spent, ended = _cpu_s(agents) - cpu, datetime.now(UTC)
        for agent in agents:
            stop_child(agent)
        server.drain()
        return _load(cameras, server, (began, ended), spent)


def _load(
    cameras: Sequence[SimCamera], server: _Server, window: tuple[datetime, datetime], cpu_s: float
) -> Load:
    beats = [beat for beat in server.beats if window[0] <= beat.captured_at <= window[1]]
    return Load(
        cameras=cameras,
        seconds=(window[1] - window[0]).total_seconds(),
        cpu_s=cpu_s,
        frames=sum(beat.frames for beat in beats),
        dropped=sum(beat.frames_dropped for beat in beats),
        looks=sum(beat.looks for beat in beats),
        limited=sum(beat.state == "capacity_limited" for beat in beats),
        faces=server.faces,
    )


def _groups(cameras: Sequence[SimCamera]) -> list[Sequence[SimCamera]]:
    """Share the cameras out to one process for each core."""
    cores = os.cpu_count() or 1
    return [cameras[first::cores] for first in range(min(cores, len(cameras)))]


def _start(group: Sequence[SimCamera], folder: Path, url: str) -> Popen[bytes]:
    file = folder / f"{group[0].id}.toml"
    file.write_text("\n".join(_table(camera) for camera in group), encoding="utf-8")
    file.chmod(0o600)
    own = {
        "ADSUM_INGRESS_URL": url,
        "ADSUM_SPOOL_DIR": str(folder / "spools"),
        "ADSUM_HEARTBEAT_S": str(HEARTBEAT_S),
    }
    command = (tool("adsum-camera"), "run", "--cameras", str(file), "--loop")
    return start_child(command, env=os.environ | own, quiet=True)


def _table(camera: SimCamera) -> str:
    key = base64.urlsafe_b64encode(camera.key).decode()
    return (
        f'[[camera]]\nname = "{camera.id}"\nid = "{camera.id}"\nkey = "{key}"\n'
        f'source = "{camera.film.video.absolute()}"\nstarts_at = {camera.starts_at.isoformat()}\n'
    )


def _await(all_watch: Event, agents: Sequence[Popen[bytes]]) -> None:
    deadline = time.monotonic() + START_PATIENCE_S
    while not all_watch.wait(0.05):
        if any(agent.poll() is not None for agent in agents):
            raise RuntimeError("a camera agent ended: run it by hand to see why")
        if time.monotonic() > deadline:
            raise RuntimeError(f"not every camera was watched within {START_PATIENCE_S:g} seconds")


def _cpu_s(agents: Sequence[Popen[bytes]]) -> float:
    """Return the seconds of CPU that the agents and their children have used so far."""
    total = 0.0
    for agent in agents:
        process = psutil.Process(agent.pid)
        for each in (process, *process.children(recursive=True)):
            times = each.cpu_times()
            total += times.user + times.system
    return total


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    server = RedisServer(folder / "redis", free_port(), secrets.token_hex(16))
    server.prepare()
    child = start_child(server.command, quiet=True)
    try:
        client = redis.Redis.from_url(server.url)
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        yield server.url
    finally:
        stop_child(child)


@dataclass(slots=True)
class _Server:
    """Takes what the cameras send, on a thread of its own, and says that it is committed."""

    client: redis.Redis
    cameras: Sequence[SimCamera]
    beats: list[Heartbeat] = field(default_factory=list)
    faces: dict[CameraId, list[tuple[FaceCaptured, bytes]]] = field(init=False)
    all_watch: Event = field(default_factory=Event)
    _stopping: Event = field(default_factory=Event)
    _watching: set[CameraId] = field(default_factory=set)
    _taken: set[tuple[CameraId, int]] = field(default_factory=set)
    _thread: Thread = field(init=False)

    def __post_init__(self) -> None:
        self.faces = {camera.id: [] for camera in self.cameras}
        for camera in self.cameras:
            self._tell_hours(camera)
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def drain(self) -> None:
        """Take what is left, once nothing more is sent."""
        self.stop()
        while self._take_some(block_ms=100):
            pass

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self._take_some(block_ms=200)

    def _take_some(self, block_ms: int) -> int:
        by_stream = {events_stream(camera.id).encode(): camera for camera in self.cameras}
        streams = cast("Any", dict.fromkeys(by_stream, "0"))
        answer = cast("Any", self.client.xread(streams, count=100, block=block_ms))
        for stream, entries in answer:
            self._take(by_stream[stream], entries)
        return len(answer)

    def _take(self, camera: SimCamera, entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> None:
        events = []
        for _, fields in entries:
            sealed = unseal("event", fields, camera.key)
            event = CAMERA_EVENT.validate_json(sealed.body)
            events.append(event)
            if (camera.id, event.sequence) not in self._taken:
                self._taken.add((camera.id, event.sequence))
                self._keep(camera, event, sealed.blob)
        committed = Committed(
            camera_id=camera.id,
            command_id=CommandId(uuid4()),
            issued_at=datetime.now(UTC),
            spool_id=events[0].spool_id,
            sequences=tuple(event.sequence for event in events),
        )
        self._tell(camera, committed)
        self.client.xdel(events_stream(camera.id), *(entry_id for entry_id, _ in entries))

    def _tell_hours(self, camera: SimCamera) -> None:
        """Tell a camera when its lesson begins, each time that the film does."""
        length = timedelta(seconds=camera.film.truth.lesson_s)
        begins = [camera.starts_at + again * length for again in range(LESSONS_TOLD)]
        hours = tuple(LessonHours(starts_at=at, ends_at=at + length) for at in begins)
        now = datetime.now(UTC)
        told = Configure(camera_id=camera.id, command_id=CommandId(uuid4()), issued_at=now, lessons=hours)
        self._tell(camera, told)

    def _tell(self, camera: SimCamera, command: Committed | Configure) -> None:
        fields = seal("command", command.model_dump_json().encode(), b"", camera.key)
        self.client.xadd(commands_stream(camera.id), cast("Any", fields), maxlen=COMMANDS_MAXLEN)

    def _keep(self, camera: SimCamera, event: object, blob: bytes) -> None:
        match event:
            case FaceCaptured():
                self.faces[camera.id].append((event, blob))
            case Heartbeat(frames=frames):
                self.beats.append(event)
                if frames:
                    self._watching.add(camera.id)
                if len(self._watching) == len(self.cameras):
                    self.all_watch.set()
