"""What threshold and margin a school's own enrolments ask of a model. Pure: vectors in, a proposal out.

Every template plays a probe. Against its own student's others it gives *genuine* scores; with its own
student left out it plays a stranger who looks into a roster. Quantiles are those observed: scores are
bounded above, and an extreme-value fit (Gumbel's, by moments) overshot the observed maximum by far; see
docs/decisions/0008-calibration-from-enrolments.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adsum_contracts.ids import StudentId
from adsum_recognizer.identity import ClearLead, MatchPolicy

Vectors = NDArray[np.float32]
"""A student's templates: unit vectors of shape (templates, 512)."""

Scores = NDArray[np.float64]

MIN_STUDENTS: Final = 8
"""With fewer, the spread of their scores says nothing about the next one's."""

ROSTER: Final = 30
"""Students looked for in a lesson: a stranger's best score grows with them."""

STRANGERS_LET_PAST: Final = 0.01
"""Share of strangers' pictures whose best score reaches the threshold, and of those whose best student
leads the second by a clear margin; agreement over the track comes on top."""

GENUINE_LOST: Final = 0.05
"""Share of the students' own pictures that a threshold or a margin may cost, where it has a choice."""

CLEAR_OF_RIVALS: Final = 0.9
"""Share of strangers' crops whose two best students lie closer together than the margin."""

CHUNK: Final = 1024


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy, and how much it stands on."""

    policy: MatchPolicy
    students: int
    genuine_pairs: int
    impostor_pairs: int

    @property
    def clear_margin(self) -> float:
        """The lead that makes up for a score below the threshold."""
        return self.policy.margin if self.policy.clear is None else self.policy.clear.margin


@dataclass(frozen=True, slots=True)
class TooFew:
    """There are too few students with two templates or more; the model's default stays."""

    students: int
    needed: int = MIN_STUDENTS


@dataclass(frozen=True, slots=True)
class _Trials:
    """Each template (row) looks into each roster (column): its best and second best score there, its own
    student left out; `own` (one column) is its best score to its own student."""

    own: Scores
    best: Scores
    second: Scores


def propose(
    enrolled: Mapping[StudentId, Vectors], default: MatchPolicy, roster: int = ROSTER
) -> Proposal | TooFew:
    """Propose a policy for rosters of `roster` students; its threshold is never below the default's.

    The threshold is as high as strangers ask, but no higher than the students' own pictures allow: where
    the two collide, the margin has to tell them apart. A lower score, down to the default's threshold,
    counts with a lead that strangers do not have either. One crop alone is believed only a margin above
    every score that a stranger reached. The margin is at least the default's, unless the students
    themselves are closer together than that.
    """
    usable = {student: vectors for student, vectors in enrolled.items() if len(vectors) >= 2}
    if len(usable) < MIN_STUDENTS:
        return TooFew(len(usable))
    trials = _trials(usable, max(1, round(len(usable) / roster)))
    strangers = _rarely_reached(trials.best)
    own_low = float(np.quantile(trials.own, GENUINE_LOST))
    threshold, margin = max(default.threshold, min(strangers, own_low)), _margin(trials, default.margin)
    clear = ClearLead(default.threshold, max(margin, _rarely_reached(trials.best - trials.second)))
    strong = min(max(threshold, float(trials.best.max())) + margin, 1.0)
    templates = sum(len(vectors) for vectors in usable.values())
    genuine_pairs = sum(len(vectors) * (len(vectors) - 1) // 2 for vectors in usable.values())
    return Proposal(
        MatchPolicy(threshold, strong, margin, default.agreement_s, clear),
        students=len(usable),
        genuine_pairs=genuine_pairs,
        impostor_pairs=templates * (templates - 1) // 2 - genuine_pairs,
    )


def _rarely_reached(scores: Scores) -> float:
    """The highest value that at least `STRANGERS_LET_PAST` of the trials reach, and no fewer than one."""
    return float(np.quantile(scores, 1 - STRANGERS_LET_PAST, method="higher"))


def _margin(trials: _Trials, default: float) -> float:
    apart = float(np.quantile(trials.own - trials.best, GENUINE_LOST))
    strangers = float(np.quantile(trials.best - trials.second, CLEAR_OF_RIVALS))
    return min(max(default, strangers), max(apart, default / 2))


def _trials(enrolled: Mapping[StudentId, Vectors], rosters: int) -> _Trials:
    """Compare every template with all others, a chunk at a time, in rosters of about the same size."""
    students = sorted(enrolled)
    vectors = np.concatenate([enrolled[student] for student in students])
    sizes = [len(enrolled[student]) for student in students]
    starts = np.cumsum([0, *sizes[:-1]])
    owner = np.repeat(np.arange(len(students)), sizes)
    sums = np.add.reduceat(vectors, starts, axis=0)
    means = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    own: list[Scores] = []
    best_two: list[Scores] = []
    for at in range(0, len(vectors), CHUNK):
        rows = np.arange(at, min(at + CHUNK, len(vectors)))
        here = np.arange(len(rows))
        scores = (vectors[rows] @ vectors.T).astype(np.float64)
        scores[here, rows] = -1.0  # a template is no evidence for itself
        of_students = np.maximum.reduceat(scores, starts, axis=1)
        others = sums[owner[rows]] - vectors[rows]
        to_others = (others * vectors[rows]).sum(axis=1) / np.linalg.norm(others, axis=1)
        to_means = (vectors[rows] @ means.T).astype(np.float64)
        to_means[here, owner[rows]] = to_others
        of_students = (of_students + to_means) / 2  # as in gallery.py
        own.append(of_students[here, owner[rows]])
        of_students[here, owner[rows]] = -1.0
        parts = np.array_split(of_students, rosters, axis=1)
        best_two.append(np.stack([np.sort(part, axis=1)[:, -2:] for part in parts], axis=1))
    rivals = np.concatenate(best_two)
    return _Trials(np.concatenate(own)[:, None], rivals[..., 1], rivals[..., 0])
