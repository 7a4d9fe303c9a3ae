"""What the command line says when it cannot do what it is asked."""

from __future__ import annotations

import base64
import os
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adsum_camera.__main__ import app
from adsum_contracts.exits import MISCONFIGURED

MAYBE_LATER = 1
"""What another start may find mended: a camera that is switched on, a disk that is there again."""

SETTINGS = {
    "ADSUM_CAMERA_ID": "00000000-0000-0000-0000-000000000007",
    "ADSUM_CAMERA_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
    "ADSUM_INGRESS_URL": "redis://127.0.0.1:1/0",
}


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(SETTINGS | {"ADSUM_SPOOL_DIR": str(tmp_path / "spool")})


class Command:
    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str, **changes: str) -> Result:
        return CliRunner().invoke(app, ["run", *arguments], env=self.environment | changes)


@pytest.mark.parametrize(
    ("arguments", "sentence", "status"),
    [
        (("99",), "There is no camera 99 here.", MAYBE_LATER),
        (("missing.mp4",), "There is no video file or folder missing.mp4.", MISCONFIGURED),
        (("rtsp://ann:s3cret@/live",), "The address rtsp:///live cannot be read", MISCONFIGURED),
        ((os.devnull,), "cannot be read.", MAYBE_LATER),
        ((), "No camera is named", MISCONFIGURED),
    ],
)
def test_what_cannot_be_watched_is_told_in_one_sentence(
    arguments: tuple[str, ...], sentence: str, status: int, command: Command
) -> None:
    done = command(*arguments)
    assert done.exit_code == status
    assert sentence in done.stderr
    assert "s3cret" not in done.output


@pytest.mark.parametrize(
    ("name", "value", "sentence", "status"),
    [
        ("ADSUM_CAMERA_KEY", "c2hvcnQ=", "ADSUM_CAMERA_KEY", MISCONFIGURED),
        ("ADSUM_CAMERA_KEY", "not base64!", "ADSUM_CAMERA_KEY", MISCONFIGURED),
        ("ADSUM_CAMERA_ID", "porch", "ADSUM_CAMERA_ID", MISCONFIGURED),
        ("ADSUM_INGRESS_URL", "nowhere", "ADSUM_INGRESS_URL", MISCONFIGURED),
        ("ADSUM_SPOOL_DIR", f"{os.devnull}/spool", "spool cannot be used", MAYBE_LATER),
        ("ADSUM_DETECTOR_DIR", "/nowhere", "/nowhere", MISCONFIGURED),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(
    name: str, value: str, sentence: str, status: int, command: Command, lesson_video: Path
) -> None:
    done = command(str(lesson_video), "--once", **{name: value})
    assert done.exit_code == status
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert name != "ADSUM_CAMERA_KEY" or value not in done.output


def test_a_taken_preview_port_is_told_in_one_sentence(command: Command, lesson_video: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command(str(lesson_video), "--preview", "--preview-port", str(port))
    assert done.exit_code == 1
    assert f"The preview's port {port} cannot be used" in done.stderr


def test_a_preview_file_in_no_folder_is_told_in_one_sentence(command: Command, lesson_video: Path) -> None:
    done = command(str(lesson_video), "--preview-file", "/nowhere/at/all.mp4")
    assert done.exit_code == 1
    assert "there is no folder /nowhere/at." in done.stderr


def test_the_help_shows_examples() -> None:
    assert "lesson.mp4 --once" in CliRunner().invoke(app, ["run", "--help"]).stdout


@pytest.mark.parametrize("command", [(), ("run",), ("doctor",), ("bench",), ("bench", "detect")])
def test_every_help_fits_a_terminal_and_ends_its_sentences(command: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "80"}).stdout
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    listed = shown.partition("Commands:")[2]
    assert "..." not in listed
    assert not command or f"adsum-camera {' '.join(command)}" in shown
