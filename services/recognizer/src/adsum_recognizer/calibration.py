"""What threshold and margin a school's own enrolments ask of a model. Pure: vectors in, a proposal out.

Every template plays a probe. Against its own student's others it gives *genuine* scores; with its own
student left out it plays a stranger who looks into a roster. How the best score of a stranger is spread is
the distribution of a maximum: Gumbel's (Fisher and Tippett 1928), fitted by moments, tells the rare ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adsum_contracts.ids import StudentId
from adsum_recognizer.identity import MatchPolicy

Vectors = NDArray[np.float32]
"""A student's templates: unit vectors of shape (templates, 512)."""

Scores = NDArray[np.float64]

MIN_STUDENTS: Final = 8
"""With fewer, the spread of their scores says nothing about the next one's."""

ROSTER: Final = 30
"""Students looked for in a lesson: a stranger's best score grows with them."""

STRANGERS_OVER_THRESHOLD: Final = 0.01
STRANGERS_OVER_STRONG: Final = 0.001
"""Shares of strangers' crops whose best score may reach a threshold; margin and agreement come on top."""

GENUINE_LOST: Final = 0.05
"""Share of the students' own pictures that a threshold or a margin may cost, where it has a choice."""

CLEAR_OF_RIVALS: Final = 0.75
"""Share of strangers' crops whose two best students lie closer together than the margin."""

EULER: Final = 0.5772156649015329
CHUNK: Final = 1024


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy, and how much it stands on."""

    policy: MatchPolicy
    students: int
    genuine_pairs: int
    impostor_pairs: int


@dataclass(frozen=True, slots=True)
class TooFew:
    """There are too few students with two templates or more; the model's default stays."""

    students: int
    needed: int = MIN_STUDENTS


@dataclass(frozen=True, slots=True)
class _Trials:
    """One row a template: best score to its own student, to the best other, and to the second best other."""

    own: Scores
    best: Scores
    second: Scores


def propose(
    enrolled: Mapping[StudentId, Vectors], default: MatchPolicy, roster: int = ROSTER
) -> Proposal | TooFew:
    """Propose a policy for rosters of `roster` students; never below `default` in its threshold.

    The threshold is as high as strangers ask, but no higher than the students' own pictures allow: where
    the two collide, the margin has to tell them apart. The margin is at least the default's, unless the
    students themselves are closer together than that.
    """
    usable = {student: vectors for student, vectors in enrolled.items() if len(vectors) >= 2}
    if len(usable) < MIN_STUDENTS:
        return TooFew(len(usable))
    trials = _trials(usable)
    strangers = _Gumbel.of(trials.best).with_maximum_of(roster / (len(usable) - 1))
    own_low = float(np.quantile(trials.own, GENUINE_LOST))
    threshold = max(default.threshold, min(strangers.exceeded_by(STRANGERS_OVER_THRESHOLD), own_low))
    strong = max(threshold, strangers.exceeded_by(STRANGERS_OVER_STRONG))
    policy = MatchPolicy(threshold, min(strong, 1.0), _margin(trials, default.margin), default.agreement_s)
    templates = sum(len(vectors) for vectors in usable.values())
    genuine_pairs = sum(len(vectors) * (len(vectors) - 1) // 2 for vectors in usable.values())
    impostor_pairs = templates * (templates - 1) // 2 - genuine_pairs
    return Proposal(policy, len(usable), genuine_pairs, impostor_pairs)


def _margin(trials: _Trials, default: float) -> float:
    apart = float(np.quantile(trials.own - trials.best, GENUINE_LOST))
    strangers = float(np.quantile(trials.best - trials.second, CLEAR_OF_RIVALS))
    return min(max(default, strangers), max(apart, default / 2))


def _trials(enrolled: Mapping[StudentId, Vectors]) -> _Trials:
    """Compare every template with all others, a chunk at a time."""
    students = sorted(enrolled)
    vectors = np.concatenate([enrolled[student] for student in students])
    sizes = [len(enrolled[student]) for student in students]
    starts = np.cumsum([0, *sizes[:-1]])
    owner = np.repeat(np.arange(len(students)), sizes)
    own: list[Scores] = []
    others: list[Scores] = []
    for at in range(0, len(vectors), CHUNK):
        rows = np.arange(at, min(at + CHUNK, len(vectors)))
        scores = (vectors[rows] @ vectors.T).astype(np.float64)
        scores[np.arange(len(rows)), rows] = -1.0  # a template is no evidence for itself
        of_students = np.maximum.reduceat(scores, starts, axis=1)
        own.append(of_students[np.arange(len(rows)), owner[rows]])
        of_students[np.arange(len(rows)), owner[rows]] = -1.0
        others.append(np.sort(np.partition(of_students, -2, axis=1)[:, -2:], axis=1))
    rivals = np.concatenate(others)
    return _Trials(np.concatenate(own), rivals[:, 1], rivals[:, 0])


@dataclass(frozen=True, slots=True)
class _Gumbel:
    """The distribution of a maximum: exp(-exp(-(x - location) / scale))."""

    location: float
    scale: float

    @classmethod
    def of(cls, maxima: Scores) -> _Gumbel:
        scale = float(np.std(maxima)) * math.sqrt(6) / math.pi
        return cls(float(np.mean(maxima)) - EULER * scale, scale)

    def with_maximum_of(self, times: float) -> _Gumbel:
        """Return the distribution of the maximum over `times` as many."""
        return _Gumbel(self.location + self.scale * math.log(times), self.scale)

    def exceeded_by(self, share: float) -> float:
        """Return the value that this share exceeds."""
        return self.location - self.scale * math.log(-math.log1p(-share))
