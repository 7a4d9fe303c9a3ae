"""Faces that hang on the wall: learned by their never changing, and left out. Pure: faces and times in.

A poster stays where it is, pixel for pixel, for as long as one looks; a pupil who sits ever so still
blinks, breathes and turns. So a face whose place in the picture looked the same at every look for
minutes is learned. It is left out only while that place *still* looks the same: a pupil who sits down
before the poster is followed at once. Nothing depends on tracks, lessons or the hour, and what was
learned outlives a restart (`to_json`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, TypeAdapter, ValidationError

from adsum_vision.types import Box, Face

Patch = NDArray[np.float32]
"""Shape (SIDE, SIDE): grey levels of a place of the picture, made small."""

SIDE = 16


@dataclass(frozen=True, slots=True)
class StillPolicy:
    """When a face is a picture of one.

    Learned after `learn_s` and `least_looks` at which its place was `alike` (correlation of grey levels)
    to what it had looked like before, none of them more than `gap_s` apart. `apart` and `growth`: how far
    the detector may put the same face (in sides) and how much larger, to call it the same place.
    A place that may yet be learned is looked at every `look_every_s` at most.
    `forget_s`: a learned place that was not seen for so long is dropped. `most`: places kept.

    Measured: see docs/decisions/0019-looking-where-it-pays.md.
    """

    learn_s: float = 300.0
    least_looks: int = 25
    look_every_s: float = 1.0
    gap_s: float = 60.0
    alike: float = 0.99
    apart: float = 0.2
    growth: float = 1.25
    forget_s: float = 7 * 24 * 3600.0
    most: int = 64


@dataclass(frozen=True, slots=True)
class _Place:
    box: Box
    patch: Patch
    since: datetime
    last_at: datetime
    looks: int = 1
    learned: bool = False


class StaticFaces:
    """What hangs on one camera's walls. `kept` is what `to_json` gave before a restart."""

    def __init__(self, policy: StillPolicy | None = None, kept: str | None = None) -> None:
        self._policy = policy or StillPolicy()
        self._places = _read(kept)

    @property
    def learned(self) -> tuple[Box, ...]:
        """Where pictures of faces hang, in pixels."""
        return tuple(place.box for place in self._places if place.learned)

    def observe(
        self,
        faces: Sequence[Face],
        at: datetime,
        patch_at: Callable[[Box], Patch],
        is_named: Callable[[Face], bool] = lambda face: False,
    ) -> tuple[Face, ...]:
        """Return the faces without those that hang on the wall; learn from all of them.

        `patch_at` cuts a place out of the picture. Nobody who has a name is learned.
        """
        moving = tuple(face for face in faces if not self._is_still(face, at, patch_at))
        for face in moving:
            self._consider(face, at, patch_at, named=is_named(face))
        self._places = tuple(place for place in self._places if self._is_kept(place, at))
        return moving

    def to_json(self) -> str:
        """Return what was learned; what was not is nobody's business, least of all the disk's."""
        kept = [_Kept.of(place) for place in self._places if place.learned]
        return _KEPT.dump_json(kept).decode()

    def _is_still(self, face: Face, at: datetime, patch_at: Callable[[Box], Patch]) -> bool:
        """Say whether the face is a learned one that looks as ever, and note that it is there."""
        for place in self._places:
            if place.learned and self._is_there(face, place):
                patch = patch_at(place.box)
                if _alikeness(patch, place.patch) >= self._policy.alike:
                    self._put(place, replace(place, last_at=at, patch=_blended(place.patch, patch)))
                    return True
        return False

    def _consider(self, face: Face, at: datetime, patch_at: Callable[[Box], Patch], *, named: bool) -> None:
        """Count a look at a place that has not changed, or begin anew with what it looks like now."""
        here = [place for place in self._places if not place.learned and self._is_there(face, place)]
        if any(0 <= (at - place.last_at).total_seconds() < self._policy.look_every_s for place in here):
            return
        same = next((place for place in here if self._is_alike(place, patch_at, at)), None)
        for place in here:
            self._put(place, None)
        if named:
            return
        if same is None:
            self._put(None, _Place(face.box, patch_at(face.box), at, at))
            return
        looks = same.looks + 1
        waited = (at - same.since).total_seconds()
        learned = waited >= self._policy.learn_s and looks >= self._policy.least_looks
        self._put(None, replace(same, last_at=at, looks=looks, learned=learned))

    def _is_alike(self, place: _Place, patch_at: Callable[[Box], Patch], at: datetime) -> bool:
        recent = 0 <= (at - place.last_at).total_seconds() <= self._policy.gap_s
        return recent and _alikeness(patch_at(place.box), place.patch) >= self._policy.alike

    def _is_there(self, face: Face, place: _Place) -> bool:
        side, other = math.sqrt(face.box.area), math.sqrt(place.box.area)
        apart = math.dist(face.box.center, place.box.center)
        return apart <= self._policy.apart * min(side, other) and max(
            side, other
        ) <= self._policy.growth * min(side, other)

    def _is_kept(self, place: _Place, at: datetime) -> bool:
        age = (at - place.last_at).total_seconds()
        return age <= (self._policy.forget_s if place.learned else self._policy.gap_s)

    def _put(self, old: _Place | None, new: _Place | None) -> None:
        others = tuple(place for place in self._places if place is not old)
        latest = sorted(others, key=lambda place: (place.learned, place.last_at))[1 - self._policy.most :]
        self._places = (*latest, *(() if new is None else (new,)))


def _alikeness(one: Patch, other: Patch) -> float:
    """Return the correlation of the grey levels: light that grows or fades changes nothing."""
    first, second = one - one.mean(), other - other.mean()
    scale = math.sqrt(float((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / scale if scale > 0 else 0.0


def _blended(known: Patch, new: Patch) -> Patch:
    """Follow the light of the day: only what was learned is followed, never what is being learned."""
    return np.asarray(0.95 * known + 0.05 * new, np.float32)


class _Kept(BaseModel):
    """A learned place as the spool keeps it."""

    box: tuple[float, float, float, float]
    patch: tuple[int, ...]
    since: datetime
    last_at: datetime
    looks: int

    @classmethod
    def of(cls, place: _Place) -> _Kept:
        box = place.box
        pixels = tuple(round(level) for level in place.patch.ravel().tolist())
        return cls(
            box=(box.x, box.y, box.width, box.height),
            patch=pixels,
            since=place.since,
            last_at=place.last_at,
            looks=place.looks,
        )

    def place(self) -> _Place:
        patch = np.asarray(self.patch, np.float32).reshape(SIDE, SIDE)
        return _Place(Box(*self.box), patch, self.since, self.last_at, self.looks, learned=True)


_KEPT: TypeAdapter[list[_Kept]] = TypeAdapter(list[_Kept])


def _read(kept: str | None) -> tuple[_Place, ...]:
    """Read what was kept; what another version wrote in another way is learned again."""
    try:
        return tuple(each.place() for each in _KEPT.validate_json(kept or "[]"))
    except (ValidationError, ValueError):
        return ()
