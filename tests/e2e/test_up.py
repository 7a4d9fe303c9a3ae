"""`adsum up` as a person meets it: started, started twice, killed, started again, stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import psutil
import pytest

ADSUM = str(Path(sys.executable).parent / "adsum")
PATIENCE_S = 120

HEARING_CTRL_C = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Whoever starts the tests in the background has them, and all their children, ignore Ctrl-C."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


class Up:
    """A running `adsum up` and what it has said so far."""

    def __init__(self, folder: Path) -> None:
        command = [ADSUM, "up", "--data", str(folder), "--port", "0", "--embedder", "dlib-resnet-v1"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", HEARING_CTRL_C, *command],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env=_wide(),
        )
        self.said: list[str] = []
        self._listener = Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(iter(self.process.stderr.readline, ""))

    def end(self) -> None:
        """Kill it, if it still runs, and hear it out."""
        self.process.kill()
        self.process.wait()
        self._listener.join(30)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def hear(self, pattern: str) -> re.Match[str]:
        """Wait for a line like this."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for line in tuple(self.said):
                if found := re.search(pattern, line):
                    return found
            time.sleep(0.1)
        raise AssertionError(f"never heard {pattern!r} in:\n{''.join(self.said[-40:])}")

    def children(self) -> list[psutil.Process]:
        """Every process under it."""
        return psutil.Process(self.process.pid).children(recursive=True)


def _wide() -> dict[str, str]:
    return dict(os.environ) | {"COLUMNS": "200", "TERM": "dumb"}


@contextmanager
def running(folder: Path) -> Iterator[Up]:
    up = Up(folder)
    try:
        yield up
    finally:
        up.end()


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="adsum-up-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=30)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def inside(folder: Path, *command: str) -> None:
    """Run one of Adsum's commands inside the run."""
    done = subprocess.run(
        [ADSUM, "exec", "--data", str(folder), *command],
        capture_output=True, text=True, timeout=120, check=False, env=_wide(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def check_legacy_round_trip(folder: Path) -> None:
    """The original demo's files go in, and come out again once the recognizer has stored them."""
    old, new = folder / "old", folder / "new"
    vectors = {"101": [unit_vector(0), unit_vector(1)], "102": [unit_vector(2)]}
    for path, text in (
        (old / "FaceEmbeddings" / "embeddings.json", json.dumps(vectors)),
        (old / "StudentDetails" / "studentdetails.csv", "101,John Doe\n102,Ada Lovelace\n"),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    inside(folder, "adsum-api", "import", "legacy", str(old))
    deadline = time.monotonic() + PATIENCE_S
    while True:
        shutil.rmtree(new, ignore_errors=True)
        inside(folder, "adsum-api", "export", "legacy", str(new))
        found = json.loads((new / "FaceEmbeddings" / "embeddings.json").read_text())
        if {number: len(of_student) for number, of_student in found.items()} == {"101": 2, "102": 1}:
            break
        assert time.monotonic() < deadline, found.keys()
        time.sleep(1)
    assert sorted(found["101"]) == sorted(vectors["101"])
    assert found["102"] == vectors["102"]
    assert "101,John Doe\n" in (new / "StudentDetails" / "studentdetails.csv").read_text()


def unit_vector(place: int) -> list[float]:
    return [1.0 if index == place else 0.0 for index in range(512)]


def test_up_survives_a_second_start_and_a_kill_and_stops_clean(folder: Path) -> None:
    with running(folder) as first:
        assert first.hear(r"Sign in as 'admin'; the password, told this once: (\S+)")
        token = first.hear(r"said this once: (\S+)")[1]
        address = first.hear(r"Pages: (http://[\d.:]+)")[1]
        headers = {"Authorization": f"Bearer {token}"}
        once = headers | {"Idempotency-Key": "room-9"}
        made = httpx.post(f"{address}/v1/rooms", json={"name": "Room 9"}, headers=once)
        assert made.status_code == 201

        check_legacy_round_trip(folder)

        second = subprocess.run(
            [ADSUM, "up", "--data", str(folder), "--embedder", "dlib-resnet-v1"],
            capture_output=True, text=True, timeout=60, check=False, env=_wide(),
        )  # fmt: skip
        assert second.returncode == 1
        assert "already runs" in second.stderr

        orphans = first.children()
        assert len(orphans) >= 8
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()

    with running(folder) as again:
        address = again.hear(r"Pages: (http://[\d.:]+)")[1]
        again.hear("the token was said at the first start")
        assert gone(orphans)
        rooms = httpx.get(f"{address}/v1/rooms", headers=headers)
        assert "Room 9" in rooms.text
        children = again.children()
        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(60) == 130
        assert gone(children)
