"""The whole agent as a process of its own: real video, real detector, real Redis."""

from __future__ import annotations

import base64
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import pytest
import redis

from adsum_contracts.events import CAMERA_EVENT, FaceCaptured, Heartbeat
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import events_stream
from adsum_contracts.sealing import unseal
from adsum_local.ports import free_port

CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
Environment = Mapping[str, str]


@pytest.fixture
def environment(tmp_path: Path, ingress_url: str) -> Environment:
    return os.environ | {
        "ADSUM_CAMERA_ID": str(CAMERA),
        "ADSUM_CAMERA_KEY": base64.urlsafe_b64encode(KEY).decode(),
        "ADSUM_INGRESS_URL": ingress_url,
        "ADSUM_SPOOL_DIR": str(tmp_path / "spool"),
        "ADSUM_HEARTBEAT_S": "0.5",
        "ADSUM_ONCE_PATIENCE_S": "0.2",
        "ADSUM_FPS": "10",
    }


def finished(*arguments: str, env: Environment) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "adsum_camera", "run", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def running(*arguments: str, env: Environment) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "adsum_camera", "run", *arguments]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as agent:
        try:
            yield agent
        finally:
            agent.kill()


def told(url: str) -> list[object]:
    with redis.Redis.from_url(url) as client:
        entries = [unseal("event", fields, KEY) for _, fields in client.xrange(events_stream(CAMERA))]
    return [CAMERA_EVENT.validate_json(entry.body) for entry in entries]


def beats(url: str) -> list[Heartbeat]:
    return [event for event in told(url) if isinstance(event, Heartbeat)]


def crops(url: str) -> list[FaceCaptured]:
    return [event for event in told(url) if isinstance(event, FaceCaptured)]


def eventually(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def test_a_recording_becomes_signed_events(
    lesson_video: Path, environment: Environment, ingress_url: str
) -> None:
    done = finished(str(lesson_video), "--once", env=environment)
    assert done.returncode == 0, done.stderr
    assert crops(ingress_url)
    assert sum(beat.frames for beat in beats(ingress_url)) >= 2
    assert beats(ingress_url)[0].tracks


def test_an_agent_killed_and_restarted_goes_on_where_the_clock_is(
    long_video: Path, environment: Environment, ingress_url: str
) -> None:
    with running(str(long_video), env=environment) as agent:
        eventually(lambda: crops(ingress_url))
        agent.send_signal(signal.SIGKILL)
        agent.wait()
    before = told(ingress_url)
    restarted_at = datetime.now(UTC)
    with running(str(long_video), env=environment):
        eventually(lambda: any(crop.captured_at > restarted_at for crop in crops(ingress_url)))
    after = [event for event in told(ingress_url) if event not in before]
    assert {event.spool_id for event in before} == {event.spool_id for event in after}
    assert max(event.sequence for event in before) < min(event.sequence for event in after)
    seen = [event.captured_at for event in after if isinstance(event, FaceCaptured)]
    start = crops(ingress_url)[0].captured_at
    assert all(_whole((at - start) / timedelta(seconds=0.25)) for at in seen)


def _whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-3


def test_without_redis_the_agent_watches_and_keeps_everything(
    lesson_video: Path, environment: Environment, ingress_url: str
) -> None:
    away = environment | {"ADSUM_INGRESS_URL": f"redis://:secret@127.0.0.1:{free_port()}/0"}
    alone = finished(str(lesson_video), "--once", env=away)
    assert alone.returncode == 0
    assert "left_in_spool" in alone.stderr
    assert "secret" not in alone.stderr
    assert finished(str(lesson_video), "--once", env=environment).returncode == 0
    assert any(isinstance(event, FaceCaptured) for event in told(ingress_url))


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_agent_cleanly(
    stop: signal.Signals, lesson_video: Path, environment: Environment, ingress_url: str
) -> None:
    with running(str(lesson_video), "--loop", env=environment) as agent:
        eventually(lambda: beats(ingress_url))
        agent.send_signal(stop)
        _, errors = agent.communicate(timeout=20)
        assert agent.returncode == 0, errors
        assert "Traceback" not in errors


def test_the_preview_shows_the_stream_on_the_loopback_alone_and_writes_its_file(
    lesson_video: Path, environment: Environment, tmp_path: Path
) -> None:
    port, film = free_port(), tmp_path / "preview.mp4"
    options = ("--loop", "--preview", "--preview-port", str(port), "--preview-file", str(film))
    with running(str(lesson_video), *options, env=environment) as agent:
        eventually(lambda: _listens(port))
        assert _get(port, "/", "127.0.0.1").status == 200
        assert _get(port, "/", "attacker.example").status == 403
        stream = _get(port, "/stream", "localhost")
        assert stream.read(200).startswith(b"--frame\r\nContent-Type: image/jpeg")
        agent.send_signal(signal.SIGTERM)
        agent.communicate(timeout=20)
    video = cv2.VideoCapture(str(film))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) >= 1


def test_a_network_camera_is_watched_and_found_again(
    lesson_video: Path, environment: Environment, ingress_url: str, tmp_path: Path
) -> None:
    """One agent's preview is the other's camera; it goes away and comes back."""
    port = free_port()
    other = environment | {"ADSUM_SPOOL_DIR": str(tmp_path / "other"), "ADSUM_READ_TIMEOUT_S": "2"}
    here = ("--loop", "--preview", "--preview-port", str(port))
    with running(str(lesson_video), *here, env=environment | {"ADSUM_INGRESS_URL": _nowhere()}):
        eventually(lambda: _listens(port))
        with running(f"http://ann:s3cret@127.0.0.1:{port}/stream", env=other) as agent:
            eventually(lambda: any(beat.frames for beat in beats(ingress_url)))
            agent.send_signal(signal.SIGTERM)
            _, errors = agent.communicate(timeout=20)
    assert "s3cret" not in errors
    assert agent.returncode == 0


def test_an_agent_waits_for_a_camera_that_is_switched_on_later(
    network_camera: Callable[..., Any], environment: Environment, ingress_url: str
) -> None:
    """Meanwhile its heartbeats say so, and the list of processes does not show the camera's password."""
    camera = network_camera("--password", "s3cret")
    camera.kill()
    with running(camera.url("ann:s3cret@"), env=environment) as agent:
        eventually(lambda: any(beat.state == "no_signal" for beat in beats(ingress_url)))
        assert b"s3cret" not in Path(f"/proc/{agent.pid}/cmdline").read_bytes()
        camera.start_again()
        eventually(lambda: any(beat.frames for beat in beats(ingress_url)))
        agent.send_signal(signal.SIGTERM)
        _, errors = agent.communicate(timeout=20)
    assert agent.returncode == 0, errors
    assert "nothing listens at port" in errors
    assert "s3cret" not in errors


def _nowhere() -> str:
    return f"redis://127.0.0.1:{free_port()}/0"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _get(port: int, path: str, host: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Host": f"{host}:{port}"})
    return connection.getresponse()


def test_a_full_disk_at_the_start_is_told_in_one_sentence(
    lesson_video: Path, environment: Environment
) -> None:
    """A limit on the size of files stands for a disk without room."""
    command = 'ulimit -f 0; trap "" XFSZ; exec "$0" -m adsum_camera run "$1" --once'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, str(lesson_video)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "The spool folder" in done.stderr
    assert "Traceback" not in done.stderr
