"""Since when has a named face been there? Pure.

A camera that loses a face begins a new track, and the first ones may stay without a name: who sat there from
the start would seem to come when the first *named* track begins. An unnamed track counts as its beginning
where it ended just before, at the same place, and looked like the same student in every crop: three signs
that nobody else was it. It only ever says that somebody was there earlier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adsum_contracts.ids import StudentId, TrackId
from adsum_recognizer.evidence import TrackEvidence
from adsum_recognizer.identity import Identity, Recognised, Unknown

BREAK: Final = timedelta(seconds=10)
"""The longest that a face is lost, behind a hand or a neighbour, before we call it gone."""

SAME_PLACE: Final = 0.5
"""Intersection over union of the two boxes from which on they are one seat: a face's width aside gives 0."""

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the frame."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A track, and where its face was in its first and in its last crop."""

    track: TrackEvidence
    first_box: Box
    last_box: Box


def there_since(stays: Sequence[Stay], identities: Mapping[TrackId, Identity]) -> dict[TrackId, datetime]:
    """Return, for each track that has a name, since when its owner has been there without a break."""
    unnamed = [stay for stay in stays if isinstance(identities[stay.track.track_id], Unknown)]
    return {
        stay.track.track_id: _since(stay, identity.student_id, unnamed)
        for stay in stays
        if isinstance(identity := identities[stay.track.track_id], Recognised)
    }


def _since(stay: Stay, student_id: StudentId, unnamed: Sequence[Stay]) -> datetime:
    """Go back from one track to the one before, for as long as there is exactly one; each began earlier."""
    alike = [each for each in unnamed if _looks_like(each.track, student_id)]
    while len(before := [each for each in alike if _leads_to(each, stay)]) == 1:
        stay = before[0]
    return stay.track.started_at


def _leads_to(earlier: Stay, later: Stay) -> bool:
    one, other = earlier.track, later.track
    if one.camera_id != other.camera_id or one.started_at >= other.started_at:
        return False
    gap = other.started_at - one.last_seen_at
    return timedelta(0) <= gap <= BREAK and overlap(earlier.last_box, later.first_box) >= SAME_PLACE


def _looks_like(track: TrackEvidence, student_id: StudentId) -> bool:
    """Whether there are crops to compare, and this student is the likeliest in each of them."""
    likeliest = {crop.candidates[0].student_id for crop in track.crops if crop.candidates}
    return likeliest == {student_id}


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes, 0 to 1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)
