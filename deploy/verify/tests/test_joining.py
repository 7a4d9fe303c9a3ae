"""A box joins, runs, moves over to new credentials and is shut out: the real agent, api and dispatcher, on a
Redis that is configured as the deployment's.
"""

from __future__ import annotations

import json
import os
import ssl
import stat
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
import redis
from sqlalchemy import select

from adsum_api.cameras.flooding import cut_off_floods
from adsum_api.cameras.renewing import note_reply
from adsum_api.runtime import Runtime
from adsum_contracts.events import Heartbeat
from adsum_contracts.ids import CameraId, SpoolId
from adsum_contracts.routes import events_stream
from adsum_contracts.sealing import seal
from adsum_contracts.tasks import EnrolmentProgress
from adsum_recognizer.adapters.groups import Groups
from adsum_recognizer.adapters.ingress import Ingress as Streams
from adsum_recognizer.clock import utc_now
from adsum_recognizer.dispatcher import Dispatcher, DispatchPolicy
from adsum_recognizer.handlers.intake import Intake
from adsum_recognizer.handlers.opening import Opener
from adsum_recognizer.handlers.watching import Watching
from adsum_store.models import CameraHeartbeat
from deploy.verify.attack import LARGEST_ID
from deploy.verify.tests.conftest import Ingress
from deploy.verify.tests.serving import NoTasks, Server


class Replies(NoTasks):
    """Hands replies to the api, as the broker would."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def enrolment_progress(self, progress: EnrolmentProgress) -> None:
        with self.runtime.store.begin() as work:
            note_reply(work, self.runtime, progress.reply, self.runtime.clock())


@dataclass(frozen=True)
class Box:
    """A classroom's box, which has a folder for its credentials and one for its spool."""

    folder: Path

    def join(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command("join", *words), env=self.environment, capture_output=True, text=True, check=False
        )

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "adsum_camera", *words]

    @property
    def credentials(self) -> Path:
        return self.folder / "credentials"

    @property
    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("ADSUM_")}
        return plain | {
            "ADSUM_CREDENTIALS_DIR": str(self.credentials),
            "ADSUM_SPOOL_DIR": str(self.folder / "spool"),
            "ADSUM_HEARTBEAT_S": "0.5",
            "ADSUM_RESEND_AFTER_S": "2",
            "ADSUM_FPS": "4",
        }

    def shown(self) -> dict[str, str]:
        """What the box's one camera shows the server now."""
        kept = json.loads((self.credentials / "box.json").read_text())
        credentials: dict[str, str] = kept["cameras"][0]["credentials"]
        return credentials


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """An empty room, for two seconds."""
    file = tmp_path / "room.mp4"
    video = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 8, (160, 120))
    for grey in range(16):
        video.write(np.full((120, 160, 3), 100 + grey, np.uint8))
    video.release()
    return file


@contextmanager
def dispatching(server: Server, ingress: Ingress) -> Iterator[None]:
    """Take entries from the streams into the record, as the recognizer does."""
    store, vault, over = server.runtime.store, server.runtime.vault, Event()
    with ingress.client("recognizer") as client:
        streams = Streams(client, "dispatcher")
        intake = Intake(streams, Opener(store, streams, vault), utc_now)
        watching = Watching(store, intake, Replies(server.runtime))  # type: ignore[arg-type]
        policy = DispatchPolicy(16, 0.05, 256, 60)
        dispatcher = Dispatcher(store, Groups(streams), NoTasks(), watching, policy)

        def work() -> None:
            while not over.is_set():
                dispatcher.round() or over.wait(0.05)

        thread = Thread(target=work, daemon=True)
        thread.start()
        yield
        over.set()
        thread.join(10)


@contextmanager
def running(box: Box, film: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (box.folder / "log").open("wb") as log:
        agent = subprocess.Popen(box.command("run", str(film), "--loop"), env=box.environment, stderr=log)
    try:
        yield agent
    finally:
        agent.terminate()
        agent.wait(20)


def until(holds: Callable[[], Any], box: Box) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, (box.folder / "log").read_text()[-2000:]
        time.sleep(0.05)


def sequences(server: Server) -> list[int]:
    with server.runtime.store.begin() as work:
        return list(work.session.scalars(select(CameraHeartbeat.sequence).order_by("sequence")))


def let_in(ingress: Ingress, camera_id: UUID, shown: dict[str, str]) -> bool:
    try:
        with ingress.camera(camera_id, shown["password"]) as client:  # type: ignore[arg-type]
            return bool(client.ping())
    except redis.RedisError:
        return False


def test_a_box_joins_runs_moves_over_and_is_shut_out(
    server: Server, ingress: Ingress, box: Box, film: Path
) -> None:
    camera_id = server.new_camera()
    done = box.join(
        server.url, "--token", server.token(camera_id), "--ca", str(server.secrets / "ca.pem"), "--json"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["cameras"][0]["id"] == str(camera_id)
    assert stat.S_IMODE((box.credentials / "box.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(box.credentials.stat().st_mode) == 0o700

    old = box.shown()
    with dispatching(server, ingress), running(box, film) as agent:
        until(lambda: len(sequences(server)) >= 3, box)
        server.ask("POST", f"/v1/cameras/{camera_id}/credentials/rotate", json={})
        place = f"/v1/cameras/{camera_id}/credentials"
        until(lambda: server.ask("GET", place)["state"] == "in_force", box)
        new = box.shown()
        assert new["key"] != old["key"]
        until(lambda: not let_in(ingress, camera_id, old), box)
        assert let_in(ingress, camera_id, new)
        moved_at = len(sequences(server))
        until(lambda: len(sequences(server)) >= moved_at + 4, box)
        told = sequences(server)
        # The box's answer to the renewal took one place among the heartbeats; nothing else is missing.
        missing = set(range(told[0], told[-1] + 1)) - set(told)
        assert len(missing) <= 1
        assert agent.poll() is None

        server.ask("DELETE", place)
        assert not let_in(ingress, camera_id, new)
        last = sequences(server)[-1]
        until(lambda: b"events_not_published" in (box.folder / "log").read_bytes(), box)
        assert sequences(server)[-1] <= last + 1
        assert agent.poll() is None, "it keeps what it sees, and goes on trying"


def test_a_box_that_floods_is_cut_off_and_the_server_has_room_again(server: Server, ingress: Ingress) -> None:
    """200 fields of a megabyte make one entry, which no rule of Redis refuses."""
    camera_id = server.new_camera()
    shown = server.credentials(camera_id)
    with ingress.camera(camera_id, shown["password"]) as box:  # type: ignore[arg-type]
        big = {f"f{number}": b"x" * 2**20 for number in range(200)}
        box.xadd(events_stream(camera_id), big)  # type: ignore[arg-type]
    cut_off_floods(server.runtime)
    assert not let_in(ingress, camera_id, shown)
    with ingress.client("recognizer") as recognizer:
        assert recognizer.xlen(events_stream(camera_id)) == 0  # type: ignore[arg-type]


def test_replays_count_once_and_the_largest_id_ends_no_other_stream(server: Server, ingress: Ingress) -> None:
    thief, other = server.new_camera(), server.new_camera()
    shown = {each: server.credentials(each) for each in (thief, other)}

    def beat(camera_id: UUID, key_of: UUID, sequence: int) -> dict[bytes, bytes]:
        event = Heartbeat(
            camera_id=CameraId(camera_id), spool_id=SpoolId(UUID(int=1)), sequence=sequence,
            captured_at=utc_now(), since=utc_now(), state="watching", frames=1, frames_dropped=0, faces=0,
            faces_too_small=0, spool_depth=0,
        )  # fmt: skip
        return seal("event", event.model_dump_json().encode(), b"", urlsafe_b64decode(shown[key_of]["key"]))

    def write(camera_id: UUID, fields: Any, entry: str = "*") -> None:
        with ingress.camera(CameraId(camera_id), shown[camera_id]["password"]) as box:
            box.xadd(events_stream(CameraId(camera_id)), fields, id=entry)

    with dispatching(server, ingress):
        mine = beat(thief, thief, 1)
        for _ in range(5):
            write(thief, mine)
        write(other, mine)
        write(other, beat(other, thief, 2))
        write(thief, {"a": "b"}, LARGEST_ID)
        write(other, beat(other, other, 3))
        deadline = time.monotonic() + 60
        while sequences(server) != [1, 3]:
            assert time.monotonic() < deadline, sequences(server)
            time.sleep(0.05)


@pytest.mark.parametrize("way", ["nothing", "another fingerprint"])
def test_a_server_that_is_not_believed_gets_no_token(server: Server, box: Box, way: str) -> None:
    camera_id, trust = (
        server.new_camera(),
        {"nothing": (), "another fingerprint": ("--fingerprint", "ab" * 32)},
    )
    token = server.token(camera_id)
    done = box.join(server.url, "--token", token, *trust[way])
    said = {"nothing": "is not trusted here", "another fingerprint": "Nothing was sent to it"}
    assert done.returncode == 1
    assert said[way] in done.stderr
    again = box.join(server.url, "--token", token, "--ca", str(server.secrets / "ca.pem"))
    assert again.returncode == 0, again.stderr


def test_a_fingerprint_is_enough_for_a_first_contact_and_a_token_for_no_second(
    server: Server, box: Box
) -> None:
    pem = (server.secrets / "proxy.pem").read_text().partition("-----END")[0]
    certificate = ssl.PEM_cert_to_DER_cert(f"{pem}-----END CERTIFICATE-----\n")
    printed = sha256(certificate).hexdigest().upper()
    pairs = ":".join(printed[at : at + 2] for at in range(0, 64, 2))
    words = (f"https://127.0.0.1:{server.port}", "--token", server.token(server.new_camera()))
    words = (*words, "--fingerprint", f"sha256 Fingerprint={pairs}")
    first, second = box.join(*words), box.join(*words)
    assert first.returncode == 0, first.stderr
    assert "Start it: adsum-camera run SOURCE" in first.stdout
    assert (second.returncode, "was used before" in second.stderr) == (1, True)
