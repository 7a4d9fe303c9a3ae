"""The deployment's own ingress server (its configuration, users and certificates), and a stolen camera's box.

On a real Redis 7, where the machine has one: the wheel's Redis 6.2 cannot part reading from writing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from adsum_api.cameras.admission import admit, expel
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import commands_stream, events_stream
from adsum_local.children import start_child, stop_child
from deploy.verify.attack import LARGEST_ID, attack, every_command
from deploy.verify.tests.conftest import AT_ONCE, Ingress


@pytest.fixture
def camera_id(ingress: Ingress) -> CameraId:
    """Name a camera that nobody knows yet."""
    return CameraId(uuid4())


@pytest.fixture
def commands(program: str, tmp_path: Path) -> Iterator[list[list[str]]]:
    """Ask a server without any rules what it knows."""
    socket = tmp_path / "s"
    child = start_child(
        (program, "--port", "0", "--unixsocket", str(socket), "--save", ""), quiet=True, cwd=tmp_path
    )
    try:
        while not socket.exists():
            time.sleep(0.02)
        with redis.Redis(unix_socket_path=str(socket)) as server:
            yield every_command(server)
    finally:
        stop_child(child)


def test_a_stolen_box_can_do_nothing_but_its_work(
    ingress: Ingress, camera_id: CameraId, commands: list[list[str]]
) -> None:
    with ingress.client("admission") as admission:
        password = admit(admission, camera_id, datetime.now(UTC))
    tried = list(attack(lambda: ingress.camera(camera_id, password), camera_id, CameraId(uuid4()), commands))
    assert [what for what, holds in tried if not holds] == []
    assert len(tried) > 15


def test_a_box_that_ended_its_stream_gets_a_new_one(ingress: Ingress, camera_id: CameraId) -> None:
    with ingress.client("admission") as admission:
        password = admit(admission, camera_id, datetime.now(UTC))
        with ingress.camera(camera_id, password) as box:
            box.xadd(events_stream(camera_id), {"a": "b"}, id=LARGEST_ID)
        password = admit(admission, camera_id, datetime.now(UTC))
    with ingress.camera(camera_id, password) as box:
        assert box.xadd(events_stream(camera_id), {"a": "b"})


def test_admitting_again_keeps_what_waits(ingress: Ingress, camera_id: CameraId) -> None:
    with ingress.client("admission") as admission, ingress.client("recognizer") as recognizer:
        with ingress.camera(camera_id, admit(admission, camera_id, datetime.now(UTC))) as box:
            box.xadd(events_stream(camera_id), {"a": "b"})
        admit(admission, camera_id, datetime.now(UTC))
        assert recognizer.xlen(events_stream(camera_id)) == 1


def test_whoever_is_shut_out_is_cut_off(ingress: Ingress, camera_id: CameraId) -> None:
    with ingress.client("admission") as admission:
        password = admit(admission, camera_id, datetime.now(UTC))
        with ingress.camera(camera_id, password) as box:
            box.ping()
            assert expel(admission, camera_id)
            with pytest.raises(redis.RedisError):
                box.ping()
        assert not expel(admission, camera_id)


def test_nobody_may_speak_without_a_password(ingress: Ingress) -> None:
    ca = str(ingress.secrets / "ca.pem")
    with (
        redis.Redis(port=ingress.port, ssl=True, ssl_ca_certs=ca, retry=AT_ONCE) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_nothing_is_said_in_the_clear(ingress: Ingress) -> None:
    with (
        redis.Redis(port=ingress.port, socket_timeout=5, retry=AT_ONCE) as client,
        pytest.raises(redis.ConnectionError),
    ):
        client.ping()


def test_the_api_speaks_to_cameras_and_reads_nothing(ingress: Ingress, camera_id: CameraId) -> None:
    with ingress.client("api") as api:
        assert api.xadd(commands_stream(camera_id), {"a": "b"}, maxlen=10)
        with pytest.raises(redis.exceptions.NoPermissionError):
            api.xrange(events_stream(camera_id))
