"""What the crops of a track say, one by one and together. Pure.

The mean of a track's scores is surer than each of them, but by less than the square root of their number:
crops of one seat share its light, its distance and its angle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import numpy as np

from adsum_contracts.ids import CameraId, StudentId, TrackId

NOBODY: Final = -1.0
"""The lowest cosine: the rival of a roster of one."""

SHARED: Final = 0.6
"""The share of a lead's variance that all crops of a track have in common (intraclass correlation). Measured
on the leads of 132 drawn people over their nearest rivals, several tracks each: 0.57; docs/decisions/0026."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A student of the roster; `score` is how alike they are, as in gallery.py."""

    student_id: StudentId
    score: float


Apart = Mapping[frozenset[StudentId], float]
"""Pairs of students, and how much more than others either must lead the other by: look-alikes, and those whom
a person found taken for each other."""

NO_PAIRS: Final[Apart] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Crop:
    """What was made of one crop: its candidates, best first and one per student; none if it is unusable.

    `doubt`, 0 to 1: how much speaks for a picture instead of a person; None where nobody could say.
    """

    captured_at: datetime
    candidates: tuple[Candidate, ...]
    doubt: float | None = None


@dataclass(frozen=True, slots=True)
class TrackEvidence:
    """All the crops of one face that one camera followed from `started_at` to `last_seen_at`.

    `not_these`: whom a person said it is not.
    """

    track_id: TrackId
    camera_id: CameraId
    started_at: datetime
    last_seen_at: datetime
    crops: tuple[Crop, ...]
    not_these: frozenset[StudentId] = frozenset()


@dataclass(frozen=True, slots=True)
class Vote:
    """The likeliest student at `at`, and the lead over the best other one; of a pair that must lead by more,
    what is left of it."""

    student_id: StudentId
    score: float
    margin: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Whole:
    """What the crops say together: the likeliest student's mean score, and its lead over the best other.

    `scatter`, 0 to 1: the standard deviation of such a lead, of that of a single crop's.
    """

    student_id: StudentId
    score: float
    margin: float
    scatter: float


def vote(crop: Crop, apart: Apart = NO_PAIRS) -> Vote:
    """Return what one crop with candidates says by itself."""
    scores = {candidate.student_id: candidate.score for candidate in crop.candidates}
    best = crop.candidates[0]
    return Vote(best.student_id, best.score, _lead(best.student_id, scores, apart), crop.captured_at)


def distinct(crops: Iterable[Crop]) -> tuple[Crop, ...]:
    """Return the crops with candidates, each once, in one order: doubt tells no two of them apart."""
    found = {(crop.captured_at, crop.candidates): crop for crop in crops if crop.candidates}
    return tuple(sorted(found.values(), key=_order))


def together(crops: Sequence[Crop], silent: float, apart: Apart = NO_PAIRS) -> Whole:
    """Return what `distinct` crops say together, of which at least one has a score above `silent`.

    A crop weighs what its best score has above `silent`: a turned or blurred face is unlike everybody, and
    says little. A student missing from a crop's candidates counts with the last of them, which is the most
    that it can have been.
    """
    speaking = [crop for crop in crops if crop.candidates[0].score > silent]
    weights = np.array([crop.candidates[0].score - silent for crop in speaking])
    weights /= weights.sum()
    means = _means(speaking, weights)
    best = min(means, key=lambda student: (-means[student], student))
    spread = scatter(1 / float((weights**2).sum()))
    return Whole(best, means[best], _lead(best, means, apart), spread)


def scatter(crops: float) -> float:
    """Return the standard deviation of a lead's mean over so many crops of one track, of a single crop's.

    Kish's design effect: the part that the crops share does not average out.
    """
    return float(np.sqrt(SHARED + (1 - SHARED) / crops))


def _lead(best: StudentId, scores: Mapping[StudentId, float], apart: Apart) -> float:
    rivals = [
        score + apart.get(frozenset((best, student)), 0.0)
        for student, score in scores.items()
        if student != best
    ]
    return scores[best] - max(rivals, default=NOBODY)


def _means(crops: Sequence[Crop], weights: Iterable[float]) -> Mapping[StudentId, float]:
    students = sorted({candidate.student_id for crop in crops for candidate in crop.candidates})
    means = dict.fromkeys(students, 0.0)
    for crop, weight in zip(crops, weights, strict=True):
        scores = {candidate.student_id: candidate.score for candidate in crop.candidates}
        last = crop.candidates[-1].score
        for student in students:
            means[student] += float(weight) * scores.get(student, last)
    return means


def _order(crop: Crop) -> tuple[object, ...]:
    return crop.captured_at, [(candidate.score, candidate.student_id) for candidate in crop.candidates]
