"""What a box keeps of joining, and what it says when it cannot."""

from __future__ import annotations

import json
import stat
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from ssl import SSLCertVerificationError
from threading import Thread
from uuid import UUID

import pytest
from typer.testing import CliRunner

from adsum_camera.__main__ import app
from adsum_camera.adapters.box_file import BoxFile, BoxUnusable
from adsum_camera.credentials import Credentials, NotRenewable
from adsum_camera.doctor.configured import Configured, joined
from adsum_camera.joining.first_contact import JoinFailed, Trust, _disbelieved, exchanged
from adsum_camera.settings import read_lone_camera
from adsum_contracts.credentials import CameraCredentials, Joined, JoinedCamera
from adsum_contracts.ids import CameraId
from adsum_local.ports import free_port

NOW = datetime(2026, 2, 11, 9, 30, tzinfo=UTC)
CAMERA = CameraId(UUID(int=0x12))
URL = "rediss://adsum.school.example:6380/0"


def given(number: int) -> CameraCredentials:
    key = urlsafe_b64encode(bytes([number]) * 32).decode()
    return CameraCredentials(user=f"camera-{CAMERA}", password=f"password {number}", key=key)


def told(number: int = 1, url: str = URL) -> Joined:
    camera = JoinedCamera(id=CAMERA, name="door", room="B12", credentials=given(number))
    return Joined(ingress_url=url, ca_pem="-----BEGIN CERTIFICATE-----\n", cameras=(camera,))


@pytest.fixture
def box(tmp_path: Path) -> BoxFile:
    file = BoxFile(tmp_path / "credentials")
    file.prepare()
    return file


def credentials(box: BoxFile) -> Credentials:
    found = box.credentials(CAMERA)
    assert found is not None
    return found


def test_what_is_kept_is_for_its_owner_alone(box: BoxFile) -> None:
    box.join(told())
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in box.folder.iterdir()}
    assert modes == {"box.json": 0o600, "ca.pem": 0o600}
    assert stat.S_IMODE(box.folder.stat().st_mode) == 0o700


def test_the_spool_still_opens_after_joining_again_and_after_a_renewal(box: BoxFile) -> None:
    box.join(told(1))
    spool_key = credentials(box).spool_key
    box.join(told(2))
    shown = credentials(box)
    assert (shown.spool_key, shown.key) == (spool_key, bytes([2]) * 32)
    shown.renew(given(3))
    assert (shown.spool_key, shown.key) == (spool_key, bytes([3]) * 32)
    assert spool_key not in {bytes([number]) * 32 for number in (1, 2, 3)}


def test_renewed_credentials_outlive_the_process_and_the_key_before_is_still_believed(box: BoxFile) -> None:
    box.join(told(1))
    credentials(box).renew(given(2))
    again = credentials(box)
    assert again.keys == (bytes([2]) * 32, bytes([1]) * 32)
    assert again.get_credentials() == (f"camera-{CAMERA}", "password 2")


def test_credentials_that_cannot_be_kept_are_not_used(box: BoxFile) -> None:
    box.join(told(1))
    shown = credentials(box)
    (box.folder / "box.json").unlink()
    with pytest.raises(OSError, match=r"box\.json"):
        shown.renew(given(2))
    assert shown.key == bytes([1]) * 32
    with pytest.raises(NotRenewable):
        Credentials.of_key(bytes(32)).renew(given(2))


def test_a_box_belongs_to_one_server(box: BoxFile) -> None:
    box.join(told())
    with pytest.raises(BoxUnusable, match="belongs to a box of another server"):
        box.join(told(url="rediss://other.example:6380/0"))


def test_a_damaged_file_is_said_to_be_so(box: BoxFile) -> None:
    (box.folder / "box.json").write_text('{"ingress_url": ')
    with pytest.raises(BoxUnusable, match="damaged: move it away and join again"):
        box.read()


def test_a_box_that_joined_needs_no_settings_by_hand(
    box: BoxFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.join(told())
    for name in ("ADSUM_INGRESS_URL", "ADSUM_CAMERA_ID", "ADSUM_CAMERA_KEY", "ADSUM_SECRETS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ADSUM_SPOOL_DIR", str(tmp_path))
    settings, camera = read_lone_camera(box)
    assert str(settings.ingress_url).startswith(f"{URL}?ssl_ca_certs=")
    assert (camera.camera_id, camera.camera_key.get_secret_value()) == (CAMERA, bytes([1]) * 32)
    asked = joined(Configured(), box)
    assert "password%201@adsum.school.example:6380" in str(asked.ingress_url)


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ("http://adsum.school.example", "everybody on the way could read the keys"),
        ("ftp://adsum.school.example", "is no address of a server"),
        ("https://no-such-name.invalid", "There is no server called no-such-name.invalid"),
    ],
)
def test_a_server_that_cannot_be_reached_is_named(server: str, reason: str) -> None:
    with pytest.raises(JoinFailed, match=reason):
        exchanged(server, "token", Trust(), NOW)


def test_a_port_where_nothing_listens_is_named() -> None:
    port = free_port()
    with pytest.raises(JoinFailed, match=f"Nothing listens at 127.0.0.1:{port}"):
        exchanged(f"https://127.0.0.1:{port}", "token", Trust(), NOW)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (9, r"By this box's clock \(2026-02-11 09:30 UTC\) the server's certificate is not valid yet"),
        (10, "has expired: set the clock, or renew it"),
        (62, "is for another name"),
        (20, "is not trusted here"),
    ],
)
def test_why_a_certificate_is_not_believed(code: int, reason: str) -> None:
    error = SSLCertVerificationError()
    error.verify_code = code
    with pytest.raises(JoinFailed, match=reason):
        raise JoinFailed(_disbelieved(error, "adsum.school.example:443", NOW))


@pytest.mark.parametrize("fingerprint", ["12:34", "no hexadecimal digits"])
def test_what_is_no_fingerprint_is_refused_before_anything_is_sent(fingerprint: str, tmp_path: Path) -> None:
    words = ["join", "https://localhost", "--token", "t", "--fingerprint", fingerprint]
    done = CliRunner().invoke(app, [*words, "--folder", str(tmp_path)])
    assert (done.exit_code, "is not a SHA-256" in done.output) == (1, True)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (410, json.dumps({"detail": "this join token has expired"}), r"refuses \(410\): this join token has"),
        (404, "not found", "is no Adsum server that boxes can join"),
        (200, json.dumps({"cameras": "many"}), "update the older"),
    ],
)
def test_what_a_server_answers_is_told(status: int, body: str, reason: str) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_said: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(JoinFailed, match=reason):
            exchanged(f"http://127.0.0.1:{server.server_port}", "token", Trust(), NOW)
