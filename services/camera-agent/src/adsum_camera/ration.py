"""How much searching the cameras of one process may ask for, so that whoever looks keeps up. Pure.

Every camera asks for what its room is worth (`pace`). Where that is more than the box can do, frames would
pass unseen by chance, and with them those who walk through. Instead all cameras' rations shrink alike: each
is searched less often, and every frame still passes the gate. A ration shrinks by a share while there is too
much to do and grows by a little while there is time, which gives everybody the same in the end (Chiu and
Jain, "Analysis of the increase and decrease algorithms for congestion avoidance", 1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class RationPolicy:
    """Bounds and steps. Rations are whole pictures' worth of searching a second, for each camera.

    Every `window_s` of the workers' time the ration is set anew: times `shrink` where they were busy for
    more than the share `too_busy` of it, and `grow` more where for less than `calm`. `least` finds who
    sits; with less than `enough` who walks through may pass unseen: the box is too slow, and says so.
    """

    least: float = 0.5
    enough: float = 1.0
    most: float = 3.0
    window_s: float = 1.0
    calm: float = 0.85
    too_busy: float = 0.93
    shrink: float = 0.8
    grow: float = 0.15


class Ration:
    """The ration of every camera of one process; any thread may ask and tell."""

    def __init__(self, policy: RationPolicy | None = None) -> None:
        self._policy = policy or RationPolicy()
        self._lock = Lock()
        self._busy_s = self._idle_s = 0.0
        self._pictures = self._policy.most

    def pictures(self) -> float:
        """Return how many whole pictures' worth of searching a camera gets each second."""
        return self._pictures

    def is_short(self) -> bool:
        """Say whether the cameras get less than finds everybody who walks through."""
        return self._pictures < self._policy.enough

    def worked(self, busy_s: float, idle_s: float) -> None:
        """Learn that a worker waited for `idle_s` and then looked for `busy_s`."""
        with self._lock:
            self._busy_s += max(busy_s, 0.0)
            self._idle_s += max(idle_s, 0.0)
            if self._busy_s + self._idle_s >= self._policy.window_s:
                self._set_anew(self._busy_s / (self._busy_s + self._idle_s))
                self._busy_s = self._idle_s = 0.0

    def _set_anew(self, busy: float) -> None:
        policy = self._policy
        if busy > policy.too_busy:
            self._pictures = max(policy.least, self._pictures * policy.shrink)
        elif busy < policy.calm:
            self._pictures = min(policy.most, self._pictures + policy.grow)
