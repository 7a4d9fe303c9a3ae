"""What to do with this frame: nothing, look at some places, or look everywhere. Pure, but for its memory.

Every place of the picture has its own interval between two searches. Where somebody walks, and where
something changes at the door or at a lesson's start, it is the *burst* rate's; where anything else changed
or a face is new, the *normal* rate's; where only those moved who have long been sitting there, the *idle*
rate's. What did not change at all would give the same answer again: it is searched now and then. A frame
is looked at where a place is due, and what is soon due near by is searched with it.
See docs/decisions/0019-looking-where-it-pays.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from adsum_camera import grid
from adsum_camera.grid import Cells, Change
from adsum_camera.tracking import Track
from adsum_camera.zones import Size, Zone, is_within, of_kind
from adsum_contracts.commands import LessonHours
from adsum_vision.types import Box


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave this frame alone."""


@dataclass(frozen=True, slots=True)
class LookAt:
    """Search these `regions`, in pixels of a picture of `size`; together they are the `cells` of the grid."""

    regions: tuple[Box, ...]
    cells: Cells
    size: Size

    def covers(self, box: Box) -> bool:
        """Say whether a face in this box would be found."""
        return bool(self.cells[grid.touched([box], self.size)].all())


@dataclass(frozen=True, slots=True)
class LookEverywhere:
    """Search the whole picture."""

    cells: Cells

    def covers(self, box: Box) -> bool:
        """Say that a face in any box would be found."""
        return True


Where = LookAt | LookEverywhere


@dataclass(frozen=True, slots=True)
class PacePolicy:
    """How often to look; rates in searches of a place per second.

    `quiet_s`: how long an unchanged place may go without one. `settled_s`: a face that stayed in its place
    for so long, of a track older than `young_s`, sits; one that left its place within the last
    `walking_s` walks. On the seats of a zone, whoever does not walk sits. A lesson's start is from
    `early_s` before it until `late_s` after it.
    `most_share`: from this share of the picture on, looking everywhere is cheaper.
    `most_pictures`: whole pictures' worth of searching per second, at most; one more may be borrowed.
    """

    idle: float = 0.5
    normal: float = 3.0
    burst: float = 8.0
    quiet_s: float = 10.0
    young_s: float = 5.0
    settled_s: float = 3.0
    walking_s: float = 1.0
    early_s: float = 60.0
    late_s: float = 180.0
    most_share: float = 0.6
    most_pictures: float = 3.0


class Pace:
    """Decides, frame by frame, for one camera. `ration`: pictures' worth a second that the box can search."""

    def __init__(
        self,
        policy: PacePolicy | None = None,
        zones: Iterable[Zone] = (),
        ration: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._policy, self._ration = policy or PacePolicy(), ration
        zones = tuple(zones)
        self._seats = of_kind(zones, "seats")
        self._door, self._masked = grid.within(of_kind(zones, "door")), grid.within(of_kind(zones, "mask"))
        self._lessons: tuple[LessonHours, ...] = ()
        self._searched_at: NDArray[np.float64] = np.full(grid.nowhere().shape, -np.inf)
        self._at = 0.0
        self._spent = 0.0

    def configure(self, lessons: Sequence[LessonHours]) -> None:
        """Learn the hours of the next lessons; they replace those known."""
        self._lessons = tuple(lessons)

    def attend(
        self, at: datetime, change: Change, tracks: Sequence[Track], size: Size, *, capturing: bool = False
    ) -> Where | Skip:
        """Say what to do with the frame of `at`.

        `change` is what looks different from when it was searched, `tracks` are the tracker's as they
        stood last, `size` the picture's (width, height). While somebody is enrolled (`capturing`)
        the whole picture counts, whatever the ration: a second face in it must be seen.
        """
        now = at.timestamp()
        passed, self._at = now - self._at, now
        if passed < 0:
            self._searched_at[:] = -np.inf
        most = self._policy.burst if capturing else min(self._policy.most_pictures, self._ration())
        self._spent = max(self._spent - abs(passed) * most, 0.0)
        half_a_frame = min(abs(passed), 1.0 / self._policy.burst) / 2
        if change.light:
            self._soon_all(now)
        intervals = self._intervals(at, change.cells, tracks, size)
        if capturing:
            intervals[:] = 1.0 / self._policy.burst
        waited = now - self._searched_at
        if self._spent >= 1.0 or not (waited >= intervals - half_a_frame).any():
            return Skip()
        return self._search(now, waited >= intervals / 2, size)

    def _intervals(
        self, at: datetime, changed: Cells, tracks: Sequence[Track], size: Size
    ) -> NDArray[np.float64]:
        """Return the seconds between two searches of each cell, shape (ROWS, COLUMNS)."""
        policy = self._policy
        hurried = changed if self._lesson_begins(at) else changed & self._door
        settled = [track for track in tracks if self._sits(track, at, size)]
        others = [track for track in tracks if not self._sits(track, at, size)]
        walking = [track for track in others if track.still_s() < policy.walking_s]
        intervals = np.full(changed.shape, policy.quiet_s)
        intervals[changed] = 1.0 / policy.normal
        intervals[changed & grid.touched(map(_person, settled), size)] = 1.0 / policy.idle
        intervals[grid.touched(map(_around, others), size)] = 1.0 / policy.normal
        intervals[hurried | grid.touched(map(_around, walking), size)] = 1.0 / policy.burst
        intervals[self._masked] = np.inf
        return intervals

    def _soon_all(self, now: float) -> None:
        """In another light other faces may be found: let every place be due, if not at once."""
        latest = now - self._policy.quiet_s + 1.0 / self._policy.idle
        np.minimum(self._searched_at, latest, out=self._searched_at)

    def _search(self, now: float, places: Cells, size: Size) -> Where:
        regions = grid.rectangles(grid.grown(places), size)
        share = sum(region.area for region in regions) / (size[0] * size[1])
        where: Where = LookAt(regions, grid.touched(regions, size), size)
        if share >= self._policy.most_share:
            share, where = 1.0, LookEverywhere(~grid.nowhere())
        self._searched_at[where.cells] = now
        self._spent += share
        return where

    def _sits(self, track: Track, at: datetime, size: Size) -> bool:
        policy = self._policy
        settled_s = policy.walking_s if is_within(track.box, self._seats, size) else policy.settled_s
        age = (at - track.started_at).total_seconds()
        return track.still_s() >= settled_s and age >= policy.young_s

    def _lesson_begins(self, at: datetime) -> bool:
        since = [(at - lesson.starts_at).total_seconds() for lesson in self._lessons]
        return any(-self._policy.early_s <= seconds <= self._policy.late_s for seconds in since)


def _around(track: Track) -> Box:
    """Where the face may be by the next look: half a face farther on every side."""
    box = track.box
    return Box(box.x - 0.5 * box.width, box.y - 0.5 * box.height, 2 * box.width, 2 * box.height)


def _person(track: Track) -> Box:
    """Where somebody who sits moves head, shoulders and arms: proportions of `looking.look_around`."""
    box = track.box
    return Box(box.x - box.width, box.y - 0.5 * box.height, 3 * box.width, 4 * box.height)
