"""What really happened in a simulated lesson: `truth.json`."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from adsum_local.sim.plan import AttackKind
from adsum_local.sim.script import Role

PixelBox = tuple[int, int, int, int]
"""x, y of the upper left corner, width, height."""


class TruePerson(BaseModel):
    """One person. `boxes` are the clearly visible faces by frame number, about as MTCNN would draw them.

    `intervals` are the first and last frame of each stay in the room; `first_visible_s` and
    `last_visible_s` are when the face could be seen for the first and last time, None if never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    role: Role
    present: bool
    intervals: tuple[tuple[int, int], ...]
    first_visible_s: float | None
    last_visible_s: float | None
    late: bool
    left_early: bool
    boxes: dict[int, PixelBox]


class TrueAttack(BaseModel):
    """A picture of the student `shows`, held up by the person `held_by`; `boxes` as a person's, of the face
    in the picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: AttackKind
    shows: str
    held_by: str
    starts_s: float
    ends_s: float
    boxes: dict[int, PixelBox]


class Truth(BaseModel):
    """A lesson and everybody who is on its roster or came. `size` is (width, height) in pixels.

    `poster` is the face on the wall, if there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    fps: int
    size: tuple[int, int]
    frames: int
    lesson_s: float
    late_after_s: float
    people: tuple[TruePerson, ...]
    poster: PixelBox | None = None
    attack: TrueAttack | None = None


def load_truth(path: Path) -> Truth:
    """Read a `truth.json`; raise `OSError` or `pydantic.ValidationError`."""
    return Truth.model_validate(json.loads(path.read_text("utf-8")))
