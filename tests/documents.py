"""A page of the documentation as a shell runs it: its `bash` blocks, and what each is said to print."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ENDED = "-- the end of a command --"

Shell = subprocess.Popen[str]


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


@contextmanager
def shell_in(folder: Path, variables: Mapping[str, str]) -> Iterator[Shell]:
    """Start a shell that ends at the first command that fails, with our commands in its path."""
    commands = Path(sys.executable).parent
    env = os.environ | {"PATH": f"{commands}:{os.environ['PATH']}", "COLUMNS": "100"} | variables
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ["bash", "-euo", "pipefail"], cwd=folder, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    ) as bash:  # fmt: skip
        try:
            yield bash
        finally:
            os.killpg(bash.pid, signal.SIGTERM)


def check_page(shell: Shell, path: Path) -> None:
    """Run every step of the page in the shell; raise `AssertionError` at the first that is not as told."""
    for step in steps_of(path.read_text(encoding="utf-8")):
        printed = _run(shell, step, path)
        assert is_as_told(printed, step.printed), f"{path.name}, line {step.line}, printed:\n{printed}"


def _run(shell: Shell, step: Step, path: Path) -> str:
    """Run a step's commands and return what they printed, up to where one fails."""
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write(f"{step.commands}\necho\necho '{ENDED}'\n")
    shell.stdin.flush()
    lines = []
    for line in shell.stdout:
        if line.strip() == ENDED:
            return "".join(lines)
        lines.append(line)
    raise AssertionError(f"{path.name}, line {step.line}: a command failed:\n{''.join(lines)}")
