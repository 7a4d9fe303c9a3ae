"""The export happens once, whole, and offline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from adsum_vision.export import export
from adsum_vision.mtcnn import MtcnnDetector, default_detector_dir
from adsum_vision.types import BgrImage

OFFLINE = """
import os, sys
def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "os.fork", "os.posix_spawn", "subprocess.Popen"}:
        sys.stderr.write(f"{event} {arguments}")
        sys.stderr.flush()
        os._exit(3)
sys.addaudithook(refuse)
"""
"""OpenVINO's telemetry posts from a forked process, so that forking is refused as well."""


def test_a_second_export_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "mtcnn"

    assert export(out)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert not export(out)

    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["mtcnn"]


@pytest.mark.parametrize("harm", ["old stamp", "torn stamp", "missing weights"])
def test_an_export_that_is_old_or_torn_is_written_again(
    tmp_path: Path, harm: str, classroom: BgrImage
) -> None:
    out = tmp_path / "mtcnn"
    export(out)
    match harm:
        case "old stamp":
            stamp = json.loads((out / "stamp.json").read_text())
            (out / "stamp.json").write_text(json.dumps({**stamp, "format": 0}))
        case "torn stamp":
            (out / "stamp.json").write_text("{")
        case "missing weights":
            (out / "onet.bin").unlink()

    assert export(out)

    assert len(MtcnnDetector(out, threads=1).detect(classroom)) == 3


@pytest.mark.parametrize(
    "program",
    [
        "from adsum_vision.export import main; main(['--out', sys.argv[1]])",
        "from adsum_vision.mtcnn import MtcnnDetector; MtcnnDetector(threads=1)",
    ],
    ids=["export", "detector"],
)
def test_nothing_reports_home(tmp_path: Path, program: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", OFFLINE + program, str(tmp_path / "mtcnn")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr


def test_the_detector_runs_without_torch() -> None:
    program = "import sys, adsum_vision.judge, adsum_vision.mtcnn; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_folder_can_be_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADSUM_DETECTOR_DIR", str(tmp_path))
    assert default_detector_dir() == tmp_path

    monkeypatch.delenv("ADSUM_DETECTOR_DIR")
    assert default_detector_dir() == Path(sys.prefix) / "share" / "adsum" / "mtcnn-2"
