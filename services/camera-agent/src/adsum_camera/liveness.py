"""Does this face belong to somebody who is there? Cues from a distance: they advise, and prove nothing.

Every second or two a track's face is compared with how it was before. It *never changes* where it stayed an
affine copy of itself all the while (`flatness`); there is *no parallax* where it did so although it moved,
as the picture of a head does and a head does not; it is in a *bright rectangle* where straight edges all
around moved with it (`rectangles`). What that is worth was measured, and is written down with what it is
not worth in docs/decisions/0023-liveness-advises.md.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from adsum_camera.flatness import Patch, change, patch_of
from adsum_camera.rectangles import Rectangle, rectangle_around
from adsum_camera.tracking import Track, TrackState
from adsum_contracts.face import HIGH_DOUBT, LivenessCue, LivenessDoubt
from adsum_contracts.ids import TrackId
from adsum_vision.types import BgrImage, Face


@dataclass(frozen=True, slots=True)
class LivenessPolicy:
    """How faces are looked at, and what makes a cue. Lengths in sides of the face.

    A track is looked at every `look_every_s`; each look is compared with the `references` before it. One
    that was `lively` at that many looks in a row is looked at every `lively_every_s` until it is not. Cues
    are drawn from the last `window_s`, and not before `least_s` of them. A face is still where the quantile
    `mostly` of its changes is below `still`; it moved between two looks that are `moved_sides` apart.
    A face that has changed by `lively` is beyond suspicion; around others a rectangle is looked for: one
    whose edges have `support` in `mostly_framed` of these looks and stay where they are, but for
    `steady_sides`.
    The weights are doubts that cues raise alone; together they leave less and less trust.
    """

    look_every_s: float = 1.5
    lively_every_s: float = 4.5
    references: int = 4
    window_s: float = 15.0
    least_s: float = 9.0
    mostly: float = 0.8
    still: float = 0.022
    moved_sides: float = 0.12
    least_moves: int = 6
    lively: float = 0.05
    least_framed: int = 4
    support: float = 0.92
    mostly_framed: float = 0.6
    steady_sides: float = 0.08
    never_changes: float = 0.4
    no_parallax: float = 0.35
    bright_rectangle: float = 0.45


@dataclass(frozen=True, slots=True)
class _Look:
    """One look: where the face was, and how much it had changed since each look before, `moves` sides away.

    `frame` is the rectangle around it, `None` where none was looked for: at the first and at `lively` looks.
    """

    at: datetime
    patch: Patch
    middle: tuple[float, float]
    side: float
    changes: tuple[float, ...]
    moves: tuple[float, ...]
    lively: bool
    frame: Rectangle | None


class Liveness:
    """Watches the faces of one camera, track by track."""

    def __init__(self, policy: LivenessPolicy | None = None) -> None:
        self._policy = policy or LivenessPolicy()
        self._looks: dict[TrackId, deque[_Look]] = {}
        self._weighed: dict[TrackId, tuple[datetime, LivenessDoubt | None]] = {}

    def observe(self, image: BgrImage, tracks: Iterable[Track], at: datetime) -> None:
        """Look at the faces of this frame that are due; at most a few tenths of a millisecond each."""
        for track in tracks:
            if track.state is TrackState.SEEN and track.face is not None:
                looks = self._looks.setdefault(track.id, deque())
                if self._is_due(looks, at):
                    self._look(looks, image, track.face, at)

    def forget(self, track_id: TrackId) -> None:
        """Drop what is known of a track that is lost."""
        self._looks.pop(track_id, None)
        self._weighed.pop(track_id, None)

    def doubt(self, track_id: TrackId) -> LivenessDoubt | None:
        """Return what speaks against a person being there; `None` while too little was seen."""
        looks = self._looks.get(track_id)
        if not looks:
            return None
        weighed_at, doubt = self._weighed.get(track_id, (None, None))
        if weighed_at != looks[-1].at:
            doubt = weigh(tuple(looks), self._policy)
            self._weighed[track_id] = looks[-1].at, doubt
        return doubt

    def is_doubtful(self, track_id: TrackId) -> bool:
        """Say whether so much speaks against a person that the server should hear of it."""
        doubt = self.doubt(track_id)
        return doubt is not None and doubt.doubt >= HIGH_DOUBT

    def _is_due(self, looks: deque[_Look], at: datetime) -> bool:
        if looks and at < looks[-1].at:
            looks.clear()  # the clock was set back
        recent = list(looks)[-self._policy.references :]
        is_lively = len(recent) == self._policy.references and all(look.lively for look in recent)
        due_s = self._policy.lively_every_s if is_lively else self._policy.look_every_s
        return not looks or at - looks[-1].at >= timedelta(seconds=due_s)

    def _look(self, looks: deque[_Look], image: BgrImage, face: Face, at: datetime) -> None:
        patch = patch_of(image, face.landmarks)
        if patch is None:
            return
        oldest = at - timedelta(seconds=self._policy.window_s)
        while looks and looks[0].at < oldest:
            looks.popleft()
        before = list(looks)[-self._policy.references :]
        middle, side = face.box.center, math.sqrt(face.box.area)
        changes = tuple(change(look.patch, patch) for look in before)
        is_lively = bool(changes) and float(np.median(changes)) >= self._policy.lively
        looks.append(
            _Look(
                at=at,
                patch=patch,
                middle=middle,
                side=side,
                changes=changes,
                moves=tuple(math.dist(middle, look.middle) / side for look in before),
                lively=is_lively,
                frame=rectangle_around(image, face) if changes and not is_lively else None,
            )
        )


def weigh(looks: Sequence[_Look], policy: LivenessPolicy) -> LivenessDoubt | None:
    """Return the doubt that these looks at one face raise; `None` where they span too short a time."""
    if not looks or (looks[-1].at - looks[0].at).total_seconds() < policy.least_s:
        return None
    cues: tuple[tuple[LivenessCue, bool, float], ...] = (
        ("never_changes", _never_changes(looks, policy), policy.never_changes),
        ("bright_rectangle", _in_a_rectangle(looks, policy), policy.bright_rectangle),
        ("no_parallax", _has_no_parallax(looks, policy), policy.no_parallax),
    )
    trust = math.prod(1.0 - weight for _, found, weight in cues if found)
    return LivenessDoubt(doubt=round(1.0 - trust, 3), cues=tuple(cue for cue, found, _ in cues if found))


def _never_changes(looks: Sequence[_Look], policy: LivenessPolicy) -> bool:
    return _is_still([change for look in looks for change in look.changes], policy)


def _has_no_parallax(looks: Sequence[_Look], policy: LivenessPolicy) -> bool:
    after_moves = [
        change
        for look in looks
        for change, move in zip(look.changes, look.moves, strict=True)
        if move >= policy.moved_sides
    ]
    return len(after_moves) >= policy.least_moves and _is_still(after_moves, policy)


def _is_still(changes: Sequence[float], policy: LivenessPolicy) -> bool:
    return bool(changes) and float(np.quantile(changes, policy.mostly)) < policy.still


def _in_a_rectangle(looks: Sequence[_Look], policy: LivenessPolicy) -> bool:
    """Tell whether straight edges surround the face, and moved when it did."""
    searched = [(look, look.frame) for look in looks if look.frame is not None]
    framed = [(look, frame) for look, frame in searched if frame.support >= policy.support]
    if len(framed) < policy.least_framed or len(framed) < policy.mostly_framed * len(searched):
        return False
    edges = np.array([(frame.left, frame.right, frame.top) for _, frame in framed])
    strayed = np.abs(edges - np.median(edges, axis=0)).mean(axis=0).max()
    middles = np.array([look.middle for look, _ in framed]) / np.mean([look.side for look, _ in framed])
    return bool(strayed < policy.steady_sides and np.ptp(middles, axis=0).max() >= policy.moved_sides)
