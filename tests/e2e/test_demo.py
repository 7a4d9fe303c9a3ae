"""The acceptance: one command takes a roll, and names nobody wrongly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

ADSUM = str(Path(sys.executable).parent / "adsum")
FIELDS = {
    "embedder", "students", "strangers", "truth_present", "marked_present", "correct", "wrong_name", "missed",
    "strangers_named", "late_correct", "late_wrong", "latency_ms", "frames", "crops", "duration_s",
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.usefixtures("_alone")]


@pytest.fixture
def _alone(run_folder: Path) -> Iterator[None]:
    """One full classroom at a time: two would measure the machine."""
    with FileLock(run_folder / "demo.lock"):
        yield


def demo(*arguments: str) -> dict[str, Any]:
    command = [ADSUM, "demo", "--once", "--json", "--port", "0", "--embedder", "dlib-resnet-v1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=580, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    outcome: dict[str, Any] = json.loads(done.stdout)
    assert set(outcome) == FIELDS
    return outcome


def test_a_drawn_classroom() -> None:
    outcome = demo("--students", "24", "--strangers", "3", "--seed", "5")
    assert outcome["wrong_name"] == 0, outcome
    assert outcome["strangers_named"] == 0, outcome
    assert outcome["correct"] >= 0.95 * outcome["truth_present"], outcome


@pytest.mark.data
@pytest.mark.long
def test_a_classroom_of_photos(shared_data: Path) -> None:
    outcome = demo("--students", "20", "--strangers", "5", "--faces", str(shared_data / "lfw-dev"))
    assert outcome["wrong_name"] == 0, outcome
    assert outcome["strangers_named"] == 0, outcome
    assert outcome["correct"] >= 0.90 * outcome["truth_present"], outcome
