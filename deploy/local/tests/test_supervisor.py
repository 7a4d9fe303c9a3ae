"""What dies is restarted, what cannot start says why, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from adsum_local.errors import ServiceFailed
from adsum_local.supervisor import Service, Supervisor, _Running

SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")


def silent(_name: str, _line: str) -> None:
    """No log."""


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def test_a_killed_service_comes_back() -> None:
    with Supervisor(silent) as supervisor:
        supervisor.start(Service("sleeper", SLEEPER))
        first = supervisor.pid("sleeper")
        os.kill(first, signal.SIGKILL)
        until(lambda: supervisor.pid("sleeper") != first)
        last = supervisor.pid("sleeper")
    assert not psutil.pid_exists(last)


def test_every_line_carries_the_name_of_its_service() -> None:
    lines: list[tuple[str, str]] = []
    with Supervisor(lambda name, line: lines.append((name, line))) as supervisor:
        supervisor.start(Service("sleeper", SLEEPER))
        until(lambda: ("sleeper", "up") in lines)


def test_a_configuration_error_is_not_tried_again() -> None:
    command = (sys.executable, "-c", "import sys; print('no weights: pull them'); sys.exit(2)")
    with Supervisor(silent) as supervisor, pytest.raises(ServiceFailed, match="no weights: pull them"):
        supervisor.start(Service("broken", command, ready=lambda: False))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("adsum_api", "worker"), "adsum-api: ADSUM_SECRET_KEY: Value error, not a Fernet key"),
        (("adsum_recognizer", "dispatch"), "ADSUM_SECRET_KEY: value error, not a fernet key"),
        (("adsum_camera", "run", "0"), "adsum-camera: The settings are not complete: ADSUM_CAMERA_ID"),
    ],
)
def test_every_service_says_that_its_settings_are_wrong_once_and_for_all(
    command: tuple[str, ...], words: str
) -> None:
    """With the real programs: a restart would only say the same again."""
    redis_url = "redis://127.0.0.1:1/0"
    env = {name: value for name, value in os.environ.items() if not name.startswith("ADSUM_")} | {
        "ADSUM_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "ADSUM_INGRESS_URL": redis_url,
        "ADSUM_BROKER_URL": redis_url,
        "ADSUM_SECRET_KEY": "s3cret",
    }
    log: list[str] = []
    service = Service("wrong", (sys.executable, "-m", *command), env=env, ready=lambda: False)
    with Supervisor(lambda _name, line: log.append(line)) as supervisor, pytest.raises(ServiceFailed) as said:
        supervisor.start(service)
    assert words in str(said.value)
    assert log[-1] == "wrong ended with status 2"
    assert len(log) == 2, "one sentence, one start"
    assert "s3cret" not in str(log)


def test_a_missing_program_is_named() -> None:
    with Supervisor(silent) as supervisor, pytest.raises(ServiceFailed, match="/nowhere"):
        supervisor.start(Service("missing", ("/nowhere",)))


def test_a_service_that_never_gets_ready_is_reported() -> None:
    with Supervisor(silent) as supervisor, pytest.raises(ServiceFailed, match="not ready within"):
        supervisor.start(Service("slow", SLEEPER, ready=lambda: False), patience_s=0.5)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a child with its parent")
def test_children_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(
        "import sys, time\n"
        "from adsum_local.supervisor import Service, Supervisor\n"
        "with Supervisor(lambda *_: None) as supervisor:\n"
        f"    supervisor.start(Service('child', {SLEEPER!r}))\n"
        "    print(supervisor.pid('child'), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


def test_a_service_that_is_alive_and_silent_is_replaced(tmp_path: Path) -> None:
    sign = tmp_path / "alive"
    program = (
        "import pathlib, sys, time\nwhile True:\n    pathlib.Path(sys.argv[1]).touch()\n    time.sleep(0.1)\n"
    )
    command = (sys.executable, "-c", program, str(sign))
    with Supervisor(silent) as supervisor:
        supervisor.start(Service("worker", command, ready=sign.exists, sign_of_life=sign, silent_s=5))
        first = supervisor.pid("worker")
        os.kill(first, signal.SIGSTOP)  # as stuck as it gets: none of its own threads can end it
        until(lambda: supervisor.pid("worker") != first, seconds=40)
        replaced_at = time.time()
        until(lambda: sign.stat().st_mtime > replaced_at, seconds=40)


def test_a_service_with_signs_of_life_is_left_alone(tmp_path: Path) -> None:
    sign = tmp_path / "alive"
    sign.touch()
    os.utime(sign, (time.time() + 3600,) * 2)
    with Supervisor(silent) as supervisor:
        supervisor.start(Service("sleeper", SLEEPER, sign_of_life=sign, silent_s=0.2))
        first = supervisor.pid("sleeper")
        time.sleep(1)
        assert supervisor.pid("sleeper") == first


@pytest.mark.parametrize("asleep", [True, False])
def test_nobody_is_silent_who_had_no_time_to_speak(tmp_path: Path, asleep: bool) -> None:
    """A machine that slept for an hour has not stuck services when it wakes up."""
    sign, now = tmp_path / "alive", time.monotonic()
    sign.touch()
    os.utime(sign, (time.time() - 3600,) * 2)
    service = Service("worker", SLEEPER, sign_of_life=sign, silent_s=120)
    running = _Running(service, started=now - 7200)
    awake_since = time.time() if asleep else 0.0
    assert running.is_silent(now, awake_since) is not asleep


@pytest.mark.parametrize("steady_before", [True, False])
def test_what_once_ran_steadily_is_started_again_for_ever(steady_before: bool) -> None:
    """A school's run does not end because its disk was full for an hour."""
    running, now = _Running(Service("worker", SLEEPER)), 1000.0
    supervisor = Supervisor(silent)
    if steady_before:
        running.started = now - 60
        supervisor._plan_restart(running, 1, now)
    running.started = now
    for _ in range(50):
        supervisor._plan_restart(running, 1, now)
    assert (running.status is None) is steady_before
    assert running.due is not None
    assert running.due <= now + 15
