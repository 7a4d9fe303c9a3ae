"""`docs/tour.md`, run as it is written: every command, and what it is said to print."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adsum_local.ports import free_port

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"
PATIENCE_S = 380
ENDED = "-- the end of a command --"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 20)]


@dataclass(frozen=True)
class Step:
    """Commands of the page, from `line` on, and what they print; `…` stands for anything."""

    line: int
    commands: str
    printed: str


def steps_of(page: str) -> list[Step]:
    """Return the page's `bash` blocks, each with the `text` block that follows it."""
    found = re.finditer(r"```bash\n(.*?)```\n(?:```text\n(.*?)```)?", page, re.DOTALL)
    return [Step(page.count("\n", 0, each.start()) + 2, each[1], each[2] or "") for each in found]


def is_as_told(printed: str, told: str) -> bool:
    """Return whether `printed` is what was told, but for empty lines."""
    printed, told = ("\n".join(filter(str.strip, text.splitlines())) for text in (printed, told))
    pattern = ".*".join(re.escape(part) for part in told.split("…"))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="adsum-tour-"))
    folder.chmod(0o711)  # PostgreSQL runs as another user where the tests run as root
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shell(folder: Path) -> Iterator[subprocess.Popen[str]]:
    commands = Path(sys.executable).parent
    env = os.environ | {
        "PATH": f"{commands}:{os.environ['PATH']}",
        "PORT": str(free_port()),
        "COLUMNS": "100",
    }
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ["bash", "-euo", "pipefail"], cwd=folder, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    ) as bash:  # fmt: skip
        yield bash
        os.killpg(bash.pid, signal.SIGTERM)


def run(shell: subprocess.Popen[str], step: Step) -> str:
    """Run a step's commands in the shell and return what they printed, up to where one fails."""
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write(f"{step.commands}\necho\necho '{ENDED}'\n")
    shell.stdin.flush()
    lines = []
    for line in shell.stdout:
        if line.strip() == ENDED:
            return "".join(lines)
        lines.append(line)
    raise AssertionError(f"docs/tour.md, line {step.line}: a command failed:\n{''.join(lines)}")


def test_the_tour_is_true(shell: subprocess.Popen[str]) -> None:
    for step in steps_of(TOUR.read_text(encoding="utf-8")):
        printed = run(shell, step)
        assert is_as_told(printed, step.printed), f"docs/tour.md, line {step.line}, printed:\n{printed}"


def test_what_was_not_told_is_noticed() -> None:
    assert is_as_told("one 2 three\n", "one … three")
    assert not is_as_told("one 2 four\n", "one … three")
    assert not is_as_told("one 2 three\nfour\n", "one … three")
    assert steps_of("x\n```bash\na\n```\n```text\nb\n```\n") == [Step(3, "a\n", "b\n")]
