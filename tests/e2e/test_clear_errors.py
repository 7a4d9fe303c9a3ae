"""What cannot work is said in one sentence, with a status that a script can see."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ADSUM = str(Path(sys.executable).parent / "adsum")


def adsum(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ADSUM, *arguments], capture_output=True, text=True, timeout=120, check=False)


def sentence_of(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode not in {0, None}
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def test_a_missing_camera_is_named(tmp_path: Path) -> None:
    said = sentence_of(adsum("demo", "--camera", "97", "--once", "--json", "--data", str(tmp_path / "d")))
    assert "camera 97 gives no picture" in said


def test_a_missing_video_is_named(tmp_path: Path) -> None:
    said = sentence_of(adsum("demo", "--video", str(tmp_path / "none.mp4"), "--once"))
    assert "there is no video file" in said


def test_an_unreadable_video_is_named(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"this is no film" * 100)
    assert "cannot be read as a video" in sentence_of(adsum("demo", "--video", str(film), "--once"))


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = sentence_of(
            adsum(
                "demo",
                "--once",
                "--embedder",
                "dlib-resnet-v1",
                "--port",
                port,
                "--data",
                str(tmp_path / "d"),
            )
        )
    assert f"port {port} is taken" in said


def test_an_unknown_embedder_gets_the_known_ones(tmp_path: Path) -> None:
    said = sentence_of(adsum("demo", "--once", "--embedder", "magic", "--data", str(tmp_path / "d")))
    assert "dlib-resnet-v1" in said


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    said = sentence_of(adsum("demo", "--once", "--embedder", "dlib-resnet-v1", "--data", str(tmp_path)))
    assert "no demo made it" in said
    assert (tmp_path / "precious").exists()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip("this machine does not let us mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_is_named(tiny_disk: Path) -> None:
    said = sentence_of(
        adsum("demo", "--once", "--embedder", "dlib-resnet-v1", "--data", str(tiny_disk / "data"))
    )
    assert "MB free" in said
    assert "--data" in said


def test_help_shows_examples() -> None:
    for command in ("demo", "up", "sim"):
        assert "Example" in adsum(command, "--help").stdout
