"""How many frames a second come."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Final

WINDOW_S: Final = 5.0
"""Over this long frames are counted: enough to be steady at one frame a second."""


class FrameRate:
    """Counts arrivals by a steady clock's seconds; one thread tells, any thread asks."""

    def __init__(self) -> None:
        self._one_thread = Lock()
        self._arrivals: deque[float] = deque()
        self._first_s: float | None = None

    def came(self, at_s: float) -> None:
        """Count a frame; times never go back."""
        with self._one_thread:
            self._arrivals.append(at_s)
            if self._first_s is None:
                self._first_s = at_s
            self._forget(at_s)

    def fps(self, now_s: float) -> float:
        """Return the frames a second over the last `WINDOW_S`, or since the first frame if that is less."""
        with self._one_thread:
            self._forget(now_s)
            if self._first_s is None:
                return 0.0
            span_s = min(WINDOW_S, now_s - self._first_s)
            return len(self._arrivals) / max(span_s, 1.0)

    def _forget(self, now_s: float) -> None:
        while self._arrivals and self._arrivals[0] <= now_s - WINDOW_S:
            self._arrivals.popleft()
