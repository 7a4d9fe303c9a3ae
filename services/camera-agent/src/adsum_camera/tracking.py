"""Follow faces from frame to frame. Pure: faces and times in, tracks out.

Each frame: predict where every track should be (`motion`), pair tracks with faces by distance, size and
look (`association`), and prefer breaking a track over swapping two of them: see
docs/decisions/0005-tracking-breaks-rather-than-swaps.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from adsum_camera.association import Costs, associate
from adsum_camera.motion import Motion
from adsum_contracts.ids import TrackId
from adsum_vision.types import Box, Face, Point

Says = Callable[[Box], bool]
"""Says yes or no of a place of the picture, in pixels."""

Look = NDArray[np.float32]
"""A histogram of the colours around a face, whose entries add up to one."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A face of this frame; `look` is what hair and clothes look like, `None` where they are not seen."""

    face: Face
    look: Look | None = None


class TrackState(Enum):
    """Where a track is in its life: `TENTATIVE` (seen once) -> `SEEN` <-> `UNSEEN` -> `LOST`."""

    TENTATIVE = "tentative"
    SEEN = "seen"
    UNSEEN = "unseen"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Track:
    """One face followed without a break; `face` is `None` unless it was seen in this very frame.

    `box` is the face's, or where it should be while unseen; pixels of the frame. `last_seen_at` is when
    the detector found the face, or when its place last looked as it did then. `still_since` is since when
    the face has stayed in one place, `None` where nobody kept count.
    """

    id: TrackId
    state: TrackState
    started_at: datetime
    last_seen_at: datetime
    box: Box
    face: Face | None = None
    still_since: datetime | None = None

    def still_s(self) -> float:
        """Return for how many seconds it had stayed in one place when it was last seen."""
        return (self.last_seen_at - (self.still_since or self.last_seen_at)).total_seconds()


@dataclass(frozen=True, slots=True)
class TrackingPolicy:
    """When a face is the same face. Lengths in sides of the face, `size` and `look` unitless.

    `start_score`: the detector's probability a new track needs; a weaker face only continues one.
    `patience_s`: how long a track may be unseen before it is lost, `patience_sitting_s` if its owner sits:
    has moved by less than `stir` for `sits_after_s`.
    `reach`: how many standard deviations from its prediction a face is looked for, `farthest` at most,
    `farthest_sitting` for who sits.
    `largest_growth`: the factor by which a side may differ. `strangest_look`: the Hellinger distance
    (0..1) beyond which clothes and hair are somebody else's. `clearance`: see `association`.
    """

    start_score: float = 0.9
    patience_s: float = 2.0
    patience_sitting_s: float = 20.0
    sits_after_s: float = 2.0
    stir: float = 0.5
    reach: float = 3.0
    farthest: float = 1.5
    farthest_sitting: float = 0.75
    largest_growth: float = 1.6
    size_weight: float = 0.5
    look_weight: float = 1.0
    strangest_look: float = 0.55
    strangest_look_here: float = 0.7
    here: float = 0.15
    clearance: float = 0.35
    twin_distance: float = 0.35


@dataclass(frozen=True, slots=True)
class _Followed:
    track: Track
    motion: Motion
    look: Look | None
    rest: Point
    """Where the face was at `track.still_since`."""


class Tracker:
    """Gives every face of a frame its track. `new_id` makes the ids (injected, as all randomness is)."""

    def __init__(self, new_id: Callable[[], TrackId], policy: TrackingPolicy | None = None) -> None:
        self._new_id = new_id
        self._policy = policy or TrackingPolicy()
        self._followed: tuple[_Followed, ...] = ()
        self._at: datetime | None = None

    def update(
        self, detections: Sequence[Detection], at: datetime, searched: Says = lambda box: True
    ) -> tuple[Track, ...]:
        """Return every track as it stands at `at`, and once more, as `LOST`, those that ended now.

        Where nobody `searched` no face is missed: the track stays as it was, neither seen nor unseen.
        Time that runs backwards ends every track: nobody knows how long the pause was.
        """
        lost = self.reset() if self._at is not None and at < self._at else ()
        seconds = (at - self._at).total_seconds() if self._at is not None else 0.0
        self._at = at
        expected = [self._expected(followed, seconds) for followed in self._followed]
        distinct = _distinct(detections, self._policy.twin_distance)
        match = associate(
            _costs(expected, distinct, self._policy),
            alone_cost=self._policy.farthest,
            clearance=self._policy.clearance,
        )
        face_of = dict(match.pairs)
        now = [
            self._seen(followed, distinct[face_of[index]], at)
            if index in face_of
            else self._unseen(followed, at, contested=index in match.contested_tracks)
            if index in match.contested_tracks or searched(followed.track.box)
            else replace(followed, track=replace(followed.track, face=None))
            for index, followed in enumerate(expected)
        ]
        now += [self._met(distinct[face], at) for face in self._unclaimed(distinct, set(face_of.values()))]
        self._followed = tuple(each for each in now if each.track.state is not TrackState.LOST)
        return lost + tuple(each.track for each in now)

    def stay(self, at: datetime, unchanged: Says) -> tuple[Track, ...]:
        """Return every track as it stands at `at`, when nobody looked for faces.

        Who sat, and whose place is `unchanged` since the face was found there, is still there: the picture
        is the same. All others stay as they were, neither seen nor unseen.
        """
        self._followed = tuple(self._stayed(followed, at, unchanged) for followed in self._followed)
        return tuple(followed.track for followed in self._followed)

    def _stayed(self, followed: _Followed, at: datetime, unchanged: Says) -> _Followed:
        track = replace(followed.track, face=None)
        sat = track.state is TrackState.SEEN and self._sits(track) and at > track.last_seen_at
        return replace(
            followed, track=replace(track, last_seen_at=at) if sat and unchanged(track.box) else track
        )

    def reset(self) -> tuple[Track, ...]:
        """End every track, after a cut or a gap, and return them as `LOST`."""
        ended = tuple(replace(each.track, state=TrackState.LOST, face=None) for each in self._followed)
        self._followed, self._at = (), None
        return ended

    def _unclaimed(self, detections: Sequence[Detection], claimed: Set[int]) -> list[int]:
        return [
            index
            for index, detection in enumerate(detections)
            if index not in claimed and detection.face.score >= self._policy.start_score
        ]

    def _met(self, detection: Detection, at: datetime) -> _Followed:
        box = detection.face.box
        track = Track(self._new_id(), TrackState.TENTATIVE, at, at, box, detection.face, still_since=at)
        return _Followed(track, Motion(*box.center, side=_side(box)), detection.look, rest=box.center)

    def _seen(self, followed: _Followed, detection: Detection, at: datetime) -> _Followed:
        box, track = detection.face.box, followed.track
        motion = followed.motion.seen(*box.center, side=_side(box))
        place = motion.x, motion.y
        stirred = math.dist(place, followed.rest) > self._policy.stir * motion.side
        return _Followed(
            track=replace(
                track,
                state=TrackState.SEEN,
                last_seen_at=at,
                box=box,
                face=detection.face,
                still_since=at if stirred else track.still_since,
            ),
            motion=motion,
            look=_blended(followed.look, detection.look),
            rest=place if stirred else followed.rest,
        )

    def _expected(self, followed: _Followed, seconds: float) -> _Followed:
        """Let time pass: who sits is expected where they sat, all others where they were going."""
        motion = followed.motion.after(seconds)
        if self._sits(followed.track):
            motion = replace(motion, x=followed.motion.x, y=followed.motion.y, speed_x=0.0, speed_y=0.0)
        box = _centred(followed.track.box, motion.x, motion.y)
        return replace(followed, motion=motion, track=replace(followed.track, box=box))

    def _sits(self, track: Track) -> bool:
        return track.still_s() >= self._policy.sits_after_s

    def _unseen(self, followed: _Followed, at: datetime, *, contested: bool) -> _Followed:
        """A track without a face: patience for the well known, none for the doubtful."""
        track = followed.track
        policy = self._policy
        waited = (at - track.last_seen_at).total_seconds()
        patience = policy.patience_sitting_s if self._sits(track) else policy.patience_s
        lost = contested or track.state is TrackState.TENTATIVE or waited > patience
        state = TrackState.LOST if lost else TrackState.UNSEEN
        return replace(followed, track=replace(track, state=state, face=None))


def _costs(followed: Sequence[_Followed], detections: Sequence[Detection], policy: TrackingPolicy) -> Costs:
    """Return what each (track, face) pair costs: distance in sides, plus weighted size and look."""
    if not followed or not detections:
        return np.empty((len(followed), len(detections)))
    where = np.array([(each.motion.x, each.motion.y) for each in followed])
    found = np.array([each.face.box.center for each in detections])
    sides = np.array([each.motion.side for each in followed])[:, None]
    found_sides = np.array([_side(each.face.box) for each in detections])[None, :]
    apart = np.linalg.norm(where[:, None] - found[None], axis=2) / ((sides + found_sides) / 2)
    growth = np.abs(np.log(sides / found_sides))
    strangeness = _strangeness(followed, detections)
    farthest = [
        policy.farthest_sitting if each.track.still_s() >= policy.sits_after_s else policy.farthest
        for each in followed
    ]
    reach = np.minimum(policy.reach * np.array([each.motion.doubt_sides for each in followed]), farthest)
    here = (apart <= policy.here) & (growth <= policy.here)
    possible = (
        (apart <= reach[:, None])
        & (growth <= math.log(policy.largest_growth))
        & (strangeness <= np.where(here, policy.strangest_look_here, policy.strangest_look))
    )
    costs = apart + policy.size_weight * growth + policy.look_weight * strangeness
    return np.where(possible, costs, np.inf)


def _strangeness(followed: Sequence[_Followed], detections: Sequence[Detection]) -> NDArray[np.float64]:
    """Return the Hellinger distances, 0..1, of the looks; 0 where either is not known."""
    ours, theirs = [each.look for each in followed], [each.look for each in detections]
    known = next((look for look in (*ours, *theirs) if look is not None), None)
    if known is None:
        return np.zeros((len(ours), len(theirs)))
    alike = _roots(ours, known.size) @ _roots(theirs, known.size).T
    return np.nan_to_num(np.sqrt(np.clip(1.0 - alike, 0.0, 1.0)), nan=0.0)


def _roots(looks: Sequence[Look | None], size: int) -> NDArray[np.float64]:
    """Return the square roots of the histograms, one a row; not-a-number where there is none."""
    rows = [np.full(size, np.nan) if look is None else look for look in looks]
    return np.sqrt(np.asarray(rows, np.float64))


def _distinct(detections: Sequence[Detection], twin_distance: float) -> tuple[Detection, ...]:
    """Drop the weaker of two boxes round one face: they would contest every pair for ever."""
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda each: each.face.score, reverse=True):
        if all(_apart(detection.face.box, other.face.box) > twin_distance for other in kept):
            kept.append(detection)
    return tuple(kept)


def _blended(known: Look | None, new: Look | None) -> Look | None:
    if known is None or new is None:
        return new if known is None else known
    return np.asarray(0.8 * known + 0.2 * new, np.float32)


def _apart(one: Box, other: Box) -> float:
    return math.dist(one.center, other.center) / min(_side(one), _side(other))


def _side(box: Box) -> float:
    return math.sqrt(box.area)


def _centred(box: Box, x: float, y: float) -> Box:
    return Box(x - box.width / 2, y - box.height / 2, box.width, box.height)
