"""What two models make of the same crop, one of which only watches. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from adsum_contracts.ids import StudentId, TrackId
from adsum_recognizer.evidence import NOBODY, Candidate
from adsum_recognizer.identity import MatchPolicy

Outcome = Literal["same", "different", "only_active", "only_standby", "neither"]
"""Whom the two would name by this one crop: the same student, two students, or only one of them anybody."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one model makes of a crop: whom it would name, if anybody, and its best score (cosine)."""

    student_id: StudentId | None
    score: float


def opinion(candidates: Sequence[Candidate], policy: MatchPolicy) -> Opinion:
    """Return what a crop says by itself: its best candidate is a name where score and lead count.

    A name in a lesson needs more, agreement over the track: this compares models, not lessons.
    """
    if not candidates:
        return Opinion(None, NOBODY)
    best, *others = candidates
    rival = others[0].score if others else NOBODY
    counts = policy.counts(best.score, best.score - rival)
    return Opinion(best.student_id if counts else None, best.score)


def outcome(active: Opinion, standby: Opinion) -> Outcome:
    """Return how the two opinions go together."""
    if active.student_id == standby.student_id:
        return "neither" if active.student_id is None else "same"
    if standby.student_id is None:
        return "only_active"
    return "only_standby" if active.student_id is None else "different"


def is_sampled(track_id: TrackId, share: float) -> bool:
    """Whether the track belongs to the share (0 to 1) that is compared: all its crops, or none."""
    digest = blake2b(track_id.bytes, digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64
