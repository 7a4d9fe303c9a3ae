"""Child processes that end with us, even when we are killed."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

PR_SET_PDEATHSIG = 1


def _end_with_parent() -> Callable[[], None] | None:
    """Linux can end a child with its parent; elsewhere the next start finds and ends what was left."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def in_child() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    return in_child


def start_child(
    command: tuple[str, ...],
    *,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
    quiet: bool = False,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own (a Ctrl-C reaches us alone) with its output piped.

    With `quiet` its output is dropped. Call it from the main thread: the kernel ties the child to the
    thread that made it. Raises `OSError` when the program cannot be started.
    """
    sink = subprocess.DEVNULL if quiet else subprocess.PIPE
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=sink if quiet else subprocess.STDOUT,
        env=dict(env) if env is not None else None,
        user=user,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_end_with_parent(),  # noqa: PLW1509 - runs prctl alone, in a single-threaded moment
    )


def stop_child(child: subprocess.Popen[bytes], *, patience_s: float = 10) -> int:
    """Ask `child` to stop, wait, then kill it; return its exit status."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT if _is_postgres(child) else signal.SIGTERM)
        try:
            child.wait(patience_s)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


def _is_postgres(child: subprocess.Popen[bytes]) -> bool:
    """PostgreSQL takes SIGTERM for "wait until every client has left", and SIGINT for "stop now"."""
    argv = child.args
    return isinstance(argv, tuple) and str(argv[0]).endswith("/postgres")
