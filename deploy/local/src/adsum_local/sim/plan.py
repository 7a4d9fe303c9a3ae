"""What a caller asks the simulator for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from adsum_local.sim.room import seats

AttackKind = Literal["photo", "phone"]
"""What a face is held up on: a sheet of paper, or a screen that glows."""

MIN_SECONDS: Final = 30.0
MIN_WIDTH: Final = 320


class SimulationError(Exception):
    """The classroom cannot be simulated as asked; the message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class SimPlan:
    """One simulated lesson; the same plan gives the same frames.

    `absent_share` of the students never come; `size` is (width, height) in pixels; `faces` names a folder
    of photos to use instead of drawn people. With `poster` a face hangs on the wall; with `attack` somebody
    holds an absent student's face up. Raises `SimulationError` for what no classroom can be.
    """

    students: int = 24
    strangers: int = 3
    seed: int = 1
    absent_share: float = 0.15
    size: tuple[int, int] = (1280, 720)
    fps: int = 10
    seconds: float = 75.0
    faces: Path | None = None
    poster: bool = False
    attack: AttackKind | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn, before anything is written."""
        width, height = self.size
        places = len(seats())
        _need(self.students >= 1, "a classroom needs at least one student")
        _need(self.strangers >= 0, "the number of strangers cannot be negative")
        _need(self.students + self.strangers <= places, f"the room seats {places} people, strangers included")
        _need(0.0 <= self.absent_share < 1.0, "the share of absent students is at least 0 and below 1")
        _need(self.attack is None or self.absent >= 1, "only an absent student's face can be held up")
        _need(self.attack is None or self.absent < self.students, "somebody must be there to hold it up")
        _need(width >= MIN_WIDTH, f"the picture is at least {MIN_WIDTH} pixels wide")
        _need(1.2 <= width / max(height, 1) <= 2.4, "the picture is 1.2 to 2.4 times as wide as it is high")
        _need(width % 2 == 0 and height % 2 == 0, "width and height are even numbers of pixels")
        _need(5 <= self.fps <= 60, "the frame rate is 5 to 60 frames a second")
        _need(MIN_SECONDS <= self.seconds <= 3600, f"a lesson lasts {MIN_SECONDS:g} to 3600 seconds")

    @property
    def absent(self) -> int:
        """How many students never come."""
        return round(self.absent_share * self.students)

    @property
    def frames(self) -> int:
        """How many frames the video has."""
        return round(self.seconds * self.fps)


def _need(met: bool, sentence: str) -> None:
    if not met:
        raise SimulationError(sentence)
