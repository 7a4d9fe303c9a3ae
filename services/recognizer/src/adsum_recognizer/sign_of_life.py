"""A process's sign of life: given while it consumes, or has nothing to consume; looked at by others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic


class SignOfLife:
    """When the last one was given; with `file`, that file is touched as well, for whoever watches from
    outside. One thread gives it, any may ask."""

    def __init__(self, file: Path | None = None, now: Callable[[], float] = monotonic) -> None:
        self._file = file
        self._now = now
        self._given_at = now()

    def give(self) -> None:
        """Say that all is well."""
        self._given_at = self._now()
        if self._file is not None:
            self._file.touch()

    @property
    def age_s(self) -> float:
        """Seconds since the last one, or since the process began."""
        return self._now() - self._given_at
