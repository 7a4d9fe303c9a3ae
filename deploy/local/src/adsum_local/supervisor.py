"""Starts services, prefixes their logs, restarts what dies, and stops all of them."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from adsum_contracts.exits import MISCONFIGURED
from adsum_local.children import start_child, stop_child
from adsum_local.errors import ServiceFailed

POLL_S: Final = 0.1
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 15.0
STEADY_S: Final = 20.0
"""A service that ran this long was well: its next fall is a new one."""

MAX_FAST_FALLS: Final = 8
"""A service that fell so often and never ran steadily cannot run here. One that did is started again for
ever, a quarter of a minute apart: what it lacks, a server or room on a disk, comes back."""

SILENT_S: Final = 120.0
"""Longer than a worker takes to load its model, and than it waits itself before it calls itself stuck."""

ASLEEP_S: Final = 10.0
"""Who looks ten times a second and has not looked for so long was asleep, perhaps with the whole machine: the
others' signs of life grew old meanwhile, and that says nothing."""

LogLine = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Service:
    """What to run. `ready` is asked until it says yes; without it a service is ready once started.

    A service that does not touch its file `sign_of_life` for `silent_s`, or at all within `SILENT_S` of its
    start, is killed, and started again.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] | None = None
    user: str | None = None
    cwd: Path | None = None
    ready: Callable[[], bool] | None = None
    restart: bool = True
    sign_of_life: Path | None = None
    silent_s: float = SILENT_S


@dataclass(slots=True)
class _Running:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    falls: int = 0
    was_steady: bool = False
    due: float | None = None
    status: int | None = None
    last_lines: list[str] = field(default_factory=list)

    def is_silent(self, now: float, awake_since: float) -> bool:
        """Whether neither its start nor its last sign of life is recent; `now` is monotonic, in seconds.

        Before `awake_since` (`time.time`) whoever asks could not look, nor perhaps anybody do anything.
        """
        if self.service.sign_of_life is None:
            return False
        alive_s = now - self.started
        try:
            given = self.service.sign_of_life.stat().st_mtime
        except OSError:
            given = float("-inf")
        if time.time() - given > alive_s:  # whoever ran before it left the sign: it is still starting
            return alive_s >= SILENT_S
        return time.time() - max(given, awake_since) >= self.service.silent_s


class Supervisor:
    """Owns every child. All of them are started by one thread, which lives as long as they do, because
    the kernel ties a child to the thread that made it."""

    def __init__(self, log: LogLine, remember: Callable[[int], None] = lambda _pid: None) -> None:
        self._log = log
        self._remember = remember
        self._running: dict[str, _Running] = {}
        self._wanted: list[Service] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._awake_since = 0.0
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)

    def __enter__(self) -> Supervisor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def start(self, service: Service, *, patience_s: float = 60) -> None:
        """Run `service` and return when it is ready; raise `ServiceFailed` with its last words."""
        with self._lock:
            self._wanted.append(service)
        deadline = time.monotonic() + patience_s
        while not self._is_ready(service):
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{service.name} was not ready within {patience_s:.0f} s")
            time.sleep(POLL_S)

    def exit_status(self, name: str) -> int | None:
        """The exit status of a service that has ended for good, else None."""
        running = self._running.get(name)
        return running.status if running else None

    def last_words(self, name: str) -> str:
        """The last line that a service printed, or nothing."""
        running = self._running.get(name)
        return running.last_lines[-1] if running and running.last_lines else ""

    def pid(self, name: str) -> int:
        """The process id of a running service."""
        process = self._running[name].process
        if process is None:
            raise ServiceFailed(f"{name} does not run")
        return process.pid

    def stop(self, name: str) -> None:
        """Stop one service and do not restart it."""
        with self._lock:
            running = self._running.pop(name, None)
        if running and running.process:
            stop_child(running.process)

    def _is_ready(self, service: Service) -> bool:
        running = self._running.get(service.name)
        if running is None:
            return False
        if running.status is not None:
            time.sleep(POLL_S)  # its last words may still be on their way
            words = self.last_words(service.name) or f"exit status {running.status}"
            raise ServiceFailed(f"{service.name} could not start: {words}")
        alive = running.process is not None and running.process.poll() is None
        return alive and (service.ready is None or service.ready())

    def _supervise(self) -> None:
        looked = self._awake_since = time.time()
        while not self._stopping.is_set():
            if time.time() - looked > ASLEEP_S:
                self._awake_since = time.time()
            looked = time.time()
            self._start_wanted()
            with self._lock:
                everyone = tuple(self._running.values())
            for running in everyone:
                self._look_after(running)
            time.sleep(POLL_S)
        for running in reversed(tuple(self._running.values())):
            if running.process:
                stop_child(running.process)

    def _start_wanted(self) -> None:
        with self._lock:
            wanted, self._wanted = self._wanted, []
        for service in wanted:
            self._running[service.name] = running = _Running(service)
            self._launch(running)

    def _look_after(self, running: _Running) -> None:
        now = time.monotonic()
        if running.status is not None or running.process is None:
            return
        if running.due is not None:
            if now >= running.due:
                self._launch(running)
            return
        status = running.process.poll()
        if status is not None:
            self._plan_restart(running, status, now)
        elif running.is_silent(now, self._awake_since):
            self._log("adsum", f"{running.service.name} gives no sign of life; it is replaced")
            running.process.kill()

    def _plan_restart(self, running: _Running, status: int, now: float) -> None:
        is_steady = now - running.started > STEADY_S
        running.was_steady |= is_steady
        hopeless = running.falls >= MAX_FAST_FALLS and not running.was_steady
        if not running.service.restart or status == MISCONFIGURED or hopeless:
            running.status = status
            self._log("adsum", f"{running.service.name} ended with status {status}")
            return
        running.falls = 1 if is_steady else running.falls + 1
        pause = min(FIRST_PAUSE_S * 2 ** min(running.falls - 1, MAX_FAST_FALLS), LONGEST_PAUSE_S)
        running.due = now + pause
        self._log("adsum", f"{running.service.name} ended with status {status}; again in {pause:g} s")

    def _launch(self, running: _Running) -> None:
        service = running.service
        try:
            process = start_child(service.command, env=service.env, user=service.user, cwd=service.cwd)
        except OSError as error:
            running.last_lines = [f"{service.command[0]}: {error.strerror}"]
            running.status = MISCONFIGURED
            return
        running.process, running.started, running.due = process, time.monotonic(), None
        self._remember(process.pid)
        threading.Thread(target=self._read, args=(running, process), daemon=True).start()

    def _read(self, running: _Running, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                text = line.decode(errors="replace").rstrip()
                running.last_lines = [*running.last_lines[-19:], text]
                self._log(running.service.name, text)
