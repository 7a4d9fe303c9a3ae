"""`make verify-compose`: run the whole composition with a simulated classroom, and print what holds.

    python -m deploy.verify FOLDER [--keep] [--save FILE]

FOLDER is emptied of what an earlier run made. The images must be there (`make images`); on a machine that
cannot reach the public registries, deploy/verify/stand_ins.sh makes what they stand on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from deploy.verify import checks
from deploy.verify.classroom_box import boxed
from deploy.verify.composition import HOST, PORTS, PROJECT, Composition, Failed, compose_command, run
from deploy.verify.door import Door
from deploy.verify.faults import killed, scaled
from deploy.verify.rates import limited
from deploy.verify.recovery import migrated_at_once, noticed, restored
from deploy.verify.sign_on import signed_on
from deploy.verify.webhooks import told

START_S: Final = 600
LESSON_S: Final = 900
SETTINGS: Final = {"ADSUM_EMBEDDER": "dlib-resnet-v1", "ADSUM_RECOGNIZER_THREADS": "1"}
"""dlib's network needs no download; everything else is as a school would run it."""

REFUSED_S: Final = 120
PROFILES: Final = "simulated-classroom,observability"
LEFT_OUT: Final = frozenset({"grafana"})
"""Nothing here stands in for its image, so its boards are only held against what is exported, by a test."""


@dataclass
class Report:
    """Prints each finding as it comes, and keeps it, in the file `save` as well."""

    save: Path | None = None
    lines: list[str] = field(default_factory=list)
    failures: int = 0

    def say(self, line: str) -> None:
        """Print and keep a line."""
        self.lines.append(line)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if self.save:
            self.save.write_text("\n".join(self.lines) + "\n", encoding="utf-8")

    def take(self, part: str, findings: Iterable[checks.Finding]) -> None:
        """Print a part's findings; what breaks off is a failure, and the next part goes on."""
        self.say(f"# {part}")
        try:
            for what, holds in findings:
                self.failures += not holds
                self.say(f"{'pass' if holds else 'FAIL'}  {what}")
        except (Failed, OSError, KeyError, ValueError, subprocess.TimeoutExpired) as error:
            self.failures += 1
            self.say(f"FAIL  broken off: {type(error).__name__}: {error}")


def main() -> int:
    """Verify; the status is the number of failures, 100 at most."""
    parser = argparse.ArgumentParser(prog="python -m deploy.verify", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave the composition running")
    parser.add_argument("--save", type=Path, help="write what is printed to this file as well")
    asked = parser.parse_args()
    composition = Composition(asked.folder, SETTINGS)
    report = Report(asked.save)
    try:
        verify(composition, report)
    finally:
        if not asked.keep:
            composition.compose("down", "-v", "--remove-orphans", profiles=f"{PROFILES},admission")
    report.say(f"# {report.failures} of {sum(line[:1] != '#' for line in report.lines)} failed")
    return min(report.failures, 100)


def verify(composition: Composition, report: Report) -> None:
    """Go through everything, from the images to a lost database."""
    for line in tuple(_machine()):  # before the first is saved: what is saved is a change
        report.say(f"# {line}")
    door = Door(composition.secrets)
    report.say(f"# left out, and not verified: {', '.join(sorted(LEFT_OUT))}")
    report.take("Images", checks.images())
    composition.folder.mkdir(parents=True, exist_ok=True)
    run("deploy/make-secrets.sh", str(composition.secrets), HOST)
    composition.compose("down", "-v", "--remove-orphans", profiles=f"{PROFILES},admission")
    report.take("An empty record", migrated_at_once(composition))
    report.take("From nothing to a register", lesson(composition))
    report.take("How it runs", checks.hardening(composition))
    report.take("Ways in", checks.networks())
    report.take("The front door", checks.front_door(door))
    report.take("The proxy's limits of rates", limited(door))
    report.take("Single sign-on", signed_on(composition, door))
    report.take("Webhooks", told(composition, door))
    report.take("adsum doctor", checks.doctor(composition.secrets))
    report.take("A stolen camera's box", stolen_box(composition, door))
    report.take("More of each", scaled(composition, PROFILES))
    report.take(
        "A classroom's box films while each server is killed", boxed(composition, door, killed(composition))
    )
    report.take("Frozen", noticed(composition))
    report.take("Backup", restored(composition, door))


def _machine() -> Iterator[str]:
    """Say on what machine, with what tools, of which commit and when this was run."""
    told = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = (line.partition(": ")[2] for line in told if line.startswith("model name"))
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processor = next(names, platform.machine())
    yield f"{os.cpu_count()} cores of {processor}, {memory_gb:.0f} GiB, Linux {platform.release()}"
    docker = run("docker", "version", "-f", "{{.Server.Version}}").strip()
    yield f"docker {docker}, {' '.join(compose_command())}; base images: stand-ins as in deploy/verify"
    changed = ", with changes" if run("git", "status", "--porcelain", "-uno").strip() else ""
    commit = run("git", "rev-parse", "--short=12", "HEAD").strip()
    yield f"commit {commit}{changed}, {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}"


def lesson(composition: Composition) -> Iterator[checks.Finding]:
    """Start everything and wait until the simulated lesson is closed."""
    started = time.monotonic()
    composition.compose("up", "-d", *composition.services(PROFILES, LEFT_OUT), profiles=PROFILES)
    yield f"up in {time.monotonic() - started:.0f} s", True
    well = composition.wait(composition.all_well, START_S)
    yield f"every service passes its health check after {time.monotonic() - started:.0f} s", well

    def over() -> bool:
        return not composition.containers()["simulated-classroom-1"]["State"]["Running"]

    composition.wait(over, LESSON_S)
    classroom = composition.containers()["simulated-classroom-1"]
    yield f"the lesson is over after {time.monotonic() - started:.0f} s", classroom["State"]["ExitCode"] == 0
    yield from checks.register(composition, run("docker", "logs", classroom["Id"]))


def stolen_box(composition: Composition, door: Door) -> Iterator[checks.Finding]:
    """Let a camera in as an administrator does, and have its box try everything."""
    mine = door.new_camera()
    before = _refused(composition)
    words = ("run", "--rm", "-T", "admission", "camera", "admit", mine)
    url = composition.compose(*words, profiles="admission").strip().splitlines()[-1]
    told = {"url": url.replace(f"{HOST}:{PORTS['ADSUM_INGRESS_PORT']}", "proxy:6380")}
    yield from _attacked(composition, told | {"mine": mine, "other": str(uuid4())})
    composition.wait(lambda: _refused(composition) > before, REFUSED_S)
    refused = _refused(composition) - before
    yield f"the dispatcher refused what it wrote ({refused} entries), and is well", composition.all_well()
    words = ("run", "--rm", "-T", "admission", "camera", "expel", mine)
    expelled = "It is shut out." in composition.compose(*words, profiles="admission")
    who = "by one command" if expelled else "by the api's worker, for its flood"
    yield f"it is shut out {who}", expelled or _flooded(composition, mine)


def _flooded(composition: Composition, camera_id: str) -> bool:
    """Whether the audit log says that this camera was cut off for what it wrote."""
    told = composition.sql(f"SELECT details FROM audit_entries WHERE subject_id = '{camera_id}'")  # noqa: S608
    return "it filled the ingress server" in told


def _attacked(composition: Composition, told: dict[str, str]) -> Iterator[checks.Finding]:
    """Run attack.py as a box would: its image, its network, its password."""
    plan, here = composition.folder / "attack.json", Path(__file__).parent
    plan.write_text(json.dumps(told | {"commands": _commands()}), "utf-8")
    printed = run(
        *("docker", "run", "--rm", "--network", f"{PROJECT}_boxes", "--entrypoint", "python"),
        *("-v", f"{plan}:/plan.json:ro", "-v", f"{here / 'attack.py'}:/attack.py:ro"),
        *("-v", f"{composition.secrets / 'ca.pem'}:/run/secrets/ca.pem:ro"),
        *("adsum/camera-agent", "/attack.py", "/plan.json"),
    )
    for line in printed.splitlines():
        what, holds = json.loads(line)
        yield what, holds


def _commands() -> list[list[str]]:
    """Ask a server of the same version, without any rules, what it knows."""
    volume = f"{PROJECT}-socket"
    server = run(
        *("docker", "run", "-d", "-v", f"{volume}:/s", "redis:7.2-bookworm"),
        *("redis-server", "--port", "0", "--unixsocket", "/s/s", "--unixsocketperm", "777", "--save", ""),
    ).strip()
    script = f"{Path(__file__).parent / 'attack.py'}:/attack.py:ro"
    try:
        words = ("-v", f"{volume}:/s", "-v", script, "--entrypoint", "python", "adsum/camera-agent")
        return list(json.loads(run("docker", "run", "--rm", *words, "/attack.py", "--commands", "/s/s")))
    finally:
        run("docker", "rm", "-f", server)  # gone when this returns, unlike one that removes itself
        run("docker", "volume", "rm", volume)


def _refused(composition: Composition) -> int:
    told = composition.execute("dispatcher", "adsum-recognizer", "refused", "--json")
    return sum(json.loads(told).values())


if __name__ == "__main__":
    sys.exit(main())
