"""The agent's sign of life: a file that is touched while the cameras' loops go on, for whoever started it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Final

from adsum_camera.status import PATIENCE_S, Statuses

EVERY_S: Final = 5.0


@contextmanager
def signs_of_life(file: Path | None, statuses: Statuses, *, every_s: float = EVERY_S) -> Iterator[None]:
    """Touch `file` every few seconds while the block lasts and no camera's loop stands still.

    A camera that is being opened again, a full disk and a server that is away are no reasons to stop: they
    would be the same for the next process.
    """
    if file is None:
        yield
        return
    stop = Event()

    def give() -> None:
        while True:
            if not any(standing.stands_still(PATIENCE_S) for standing in statuses.standings()):
                file.touch()
            if stop.wait(every_s):
                return

    Thread(target=give, name="sign-of-life", daemon=True).start()
    try:
        yield
    finally:
        stop.set()
