"""What an administrator relies on: migrations that cannot collide, checks that notice, backups."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.verify.checks import Finding
from deploy.verify.composition import ROOT, Composition, Failed, compose_command
from deploy.verify.door import Door

SERVERS_S: Final = 180
NOTICED_S: Final = 300
BACK_S: Final = 300
FROZEN: Final = ("recognizer-2", "dispatcher-2", "api-worker-1", "beat-1")
USERS: Final = ("api", "api-worker", "beat", "dispatcher", "recognizer")
"""The services that use the record."""

DUMP: Final = "pg_dump -U postgres -Fc adsum >/tmp/adsum.dump"
RESTORE: Final = (
    "dropdb -U postgres --force adsum && createdb -U postgres -O adsum adsum"
    " && pg_restore -U postgres --exit-on-error -d adsum /tmp/adsum.dump"
)
"""As docs/deployment.md has it."""


def migrated_at_once(composition: Composition) -> Iterator[Finding]:
    """Start two migrations of an empty record at the same moment."""
    servers = ("postgres", "ingress", "broker")
    composition.compose("up", "-d", *servers)
    composition.wait(composition.all_well, SERVERS_S)
    words = (*compose_command(), "run", "--rm", "-T", "--no-deps", "migrate")
    both = [
        subprocess.Popen(
            words, cwd=ROOT, env=composition.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(2)
    ]
    for each in both:
        each.communicate(timeout=SERVERS_S)
    yield "two migrations of an empty record at once: both end well", [b.returncode for b in both] == [0, 0]
    schools = composition.sql("SELECT count(*) FROM schools")
    yield "and made one school", schools == "1"


def noticed(composition: Composition) -> Iterator[Finding]:
    """Freeze one of each kind of worker: it holds its connections and answers nobody, as one that hangs."""
    processes = {name: _below(composition.containers()[name]["State"]["Pid"]) for name in FROZEN}
    started = time.monotonic()
    for name in FROZEN:
        _tell(processes[name], signal.SIGSTOP)
    try:
        waiting = set(FROZEN)
        while waiting and time.monotonic() < started + NOTICED_S:
            time.sleep(1)
            containers = composition.containers()
            for name in sorted(waiting):
                if containers[name]["State"]["Health"]["Status"] == "unhealthy":
                    waiting.discard(name)
                    yield f"{name}, frozen, is unhealthy after {time.monotonic() - started:.0f} s", True
        for name in sorted(waiting):
            yield f"{name}, frozen, is unhealthy", False
    finally:
        for name in FROZEN:
            _tell(processes[name], signal.SIGCONT)
    yield "thawed, all are well again", composition.wait(composition.all_well, BACK_S)


def restored(composition: Composition, door: Door) -> Iterator[Finding]:
    """Back the record up, lose it, and bring it back."""
    before = _registers(door)
    composition.execute("postgres", "sh", "-c", DUMP)
    composition.compose("stop", *USERS)
    composition.execute("postgres", "sh", "-c", RESTORE)
    composition.compose("start", *USERS)
    composition.wait(composition.all_well, BACK_S)
    after = _registers(door)
    yield f"a dropped database is restored: {len(after)} register(s), every mark as before", after == before


def _registers(door: Door) -> list[object]:
    lessons = door.ask("GET", "/v1/lessons")
    return [door.ask("GET", f"/v1/lessons/{lesson['id']}/register")["entries"] for lesson in lessons]


def _below(pid: int) -> list[int]:
    """Return all processes below a container's first one, which is its init."""
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    if not children:
        raise Failed(f"process {pid} has no children")
    return [each for child in children for each in (child, *_below_leaf(child))]


def _below_leaf(pid: int) -> list[int]:
    try:
        return _below(pid)
    except (Failed, FileNotFoundError):
        return []


def _tell(processes: list[int], what: signal.Signals) -> None:
    for pid in processes:
        os.kill(pid, what)
