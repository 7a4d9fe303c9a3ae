"""When a camera's reader is to be replaced, and how long to wait before the next try. Pure.

What counts is *progress*: a new picture. A reader that hangs inside the library, one that has ended, and a
stream that repeats one picture for ever are the same to a lesson: nobody is seen any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fault = Literal["ended", "stuck", "frozen"]


@dataclass(frozen=True, slots=True)
class LivePolicy:
    """Frames a second to look at, patience with the camera, pauses between tries; seconds throughout.

    `open_timeout_s` and `read_timeout_s` are until the reader is given up; the library is told to give up by
    itself a little before. `frozen_after_s` is longer: in an empty room at night an encoder sends pictures
    that are identical to the last bit until its next key frame, up to 20 s later with "smart" coding.
    A camera that refuses the password is asked every `refused_pause_s` only, since many lock an account after
    a few wrong tries. Of readers that hang and cannot be ended, `most_stuck` are borne.
    """

    most_fps: float = 10.0
    open_timeout_s: float = 12.0
    read_timeout_s: float = 10.0
    frozen_after_s: float = 30.0
    shortest_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    refused_pause_s: float = 300.0
    most_stuck: int = 3


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a reader has ended, in a clause; `refused` when the camera is there but will not let us in."""

    reason: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reader has come, in seconds of a steady clock.

    `read_s` is when the newest frame came, `new_s` when the newest came that differs from the one before.
    """

    started_s: float
    opened_s: float | None = None
    read_s: float | None = None
    new_s: float | None = None
    ending: Ending | None = None


def fault(progress: Progress, now_s: float, policy: LivePolicy) -> Fault | None:
    """Return what is wrong with a reader now, `None` for one that does its work."""
    if progress.ending is not None:
        return "ended"
    if progress.opened_s is None:
        return "stuck" if now_s - progress.started_s > policy.open_timeout_s else None
    read_s = progress.opened_s if progress.read_s is None else progress.read_s
    if now_s - read_s > policy.read_timeout_s:
        return "stuck"
    new_s = progress.opened_s if progress.new_s is None else progress.new_s
    return "frozen" if now_s - new_s > policy.frozen_after_s else None


@dataclass(frozen=True, slots=True)
class Patience:
    """How often in a row the camera has failed."""

    failures: int = 0

    def after(self, progress: Progress, now_s: float, policy: LivePolicy) -> Patience:
        """Count one more failure, or the first one for a camera that had been open for a longest pause."""
        has_lasted = progress.opened_s is not None and now_s - progress.opened_s >= policy.longest_pause_s
        return Patience(1 if has_lasted else self.failures + 1)

    def pause_s(self, chance: float, policy: LivePolicy) -> float:
        """Return the pause before the next try: twice as long each time, shaken by `chance` (0 to 1).

        Half of it is left to chance ("equal jitter", Brooker, "Exponential Backoff and Jitter", 2015), so
        that the cameras of a school do not come back all at once after a power cut.
        """
        doubled = policy.shortest_pause_s * 2.0 ** min(self.failures, 30)
        longest = min(policy.longest_pause_s, doubled)
        return max(policy.shortest_pause_s, longest * (1 + chance) / 2)
