"""Open-set identification (ISO/IEC 19795-1): who is enrolled should be found, who is not must not be named.

Pure: searches in, figures out. A *search* looks for one track, by one crop of it or several, in a gallery.
Its score for a student is the mean over the track's usable crops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Rows = NDArray[np.int64]

FPIRS: Final = (0.1, 0.01, 0.001)

RULE_OF_THREE: Final = 3
"""Without an error in n trials, the true rate is below 3/n with 95 % confidence (Hanley and Lippman-Hand
1983): fewer strangers than 3/FPIR cannot tell that FPIR from a worse one."""

ROUNDS: Final = 1000
"""Bootstrap samples: the ends of a 95 % interval are then known to about a tenth of its width."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A track of `person` looked for: `scores` (usable crops, students), higher is more alike.

    `own` is the column of the person's own templates, None for a stranger.
    """

    person: str
    own: int | None
    scores: Scores

    @property
    def best(self) -> tuple[int, float]:
        """The most similar student's column and score; (-1, -inf) where no crop was usable."""
        if not self.scores.size:
            return -1, -math.inf
        means = self.scores.mean(axis=0)
        return int(means.argmax()), float(means.max())


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """TPIR at an FPIR: `found` of `probes` where `named` strangers are, at scores above `threshold`."""

    fpir: float
    tpir: float
    threshold: float
    found: int
    probes: int
    named: int
    strangers: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class TooFewStrangers:
    """The FPIR cannot be measured with so few."""

    fpir: float
    strangers: int

    @property
    def needed(self) -> int:
        """How many strangers it takes."""
        return strangers_needed(self.fpir)


@dataclass(frozen=True, slots=True)
class DetPoint:
    """At scores above `threshold`: false positive and false negative identification rate."""

    threshold: float
    fpir: float
    fnir: float


def strangers_needed(fpir: float) -> int:
    """How many strangers an FPIR asks for: see `RULE_OF_THREE`."""
    return round(RULE_OF_THREE / fpir)


@dataclass(frozen=True, eq=False)
class OpenSet:
    """Searches of enrolled people (`mated`) and of strangers (`non_mated`), and what follows from them."""

    mated: Sequence[Search]
    non_mated: Sequence[Search]

    @cached_property
    def rank1(self) -> float:
        """Share of mated searches whose most similar student is the right one."""
        return float(np.mean(self._hits > -math.inf))

    @cached_property
    def failed_to_acquire(self) -> float:
        """Share of all searches, of enrolled people and of strangers, without a usable face (FTA)."""
        return float(np.mean([not search.scores.size for search in (*self.mated, *self.non_mated)]))

    def rate(self, fpir: float, seed: int = 0, rounds: int = ROUNDS) -> Rate | TooFewStrangers:
        """Return TPIR at `fpir`: thresholds name at most that share of the strangers.

        The interval is a bootstrap by person, `rounds` times: one person's photos are not independent.
        """
        if len(self.non_mated) < strangers_needed(fpir):
            return TooFewStrangers(fpir, len(self.non_mated))
        threshold = _threshold(self._strangers, fpir)
        found = self._hits > threshold
        return Rate(
            fpir,
            float(found.mean()),
            threshold,
            int(found.sum()),
            len(found),
            int((self._strangers > threshold).sum()),
            len(self._strangers),
            self._interval(fpir, np.random.default_rng(seed), rounds),
        )

    def det(self) -> tuple[DetPoint, ...]:
        """Return the DET curve, one point for each score that a stranger reached, strictest first."""
        thresholds = np.unique(self._strangers[np.isfinite(self._strangers)])[::-1]
        return tuple(
            DetPoint(
                float(threshold),
                float((self._strangers > threshold).mean()),
                float(1 - (self._hits > threshold).mean()),
            )
            for threshold in thresholds
        )

    @cached_property
    def _hits(self) -> Scores:
        """The best score of each mated search that finds the right student; -inf for the others."""
        return np.array([_hit(search) for search in self.mated])

    @cached_property
    def _strangers(self) -> Scores:
        return np.array([search.best[1] for search in self.non_mated])

    def _interval(self, fpir: float, rng: np.random.Generator, rounds: int) -> Interval:
        hits = _by_person(self.mated, self._hits)
        strangers = _by_person(self.non_mated, self._strangers)
        tpirs = [
            float((_resampled(hits, rng) > _threshold(_resampled(strangers, rng), fpir)).mean())
            for _ in range(rounds)
        ]
        low, high = np.quantile(tpirs, (0.025, 0.975))
        return Interval(float(low), float(high))


def _hit(search: Search) -> float:
    column, score = search.best
    return score if column == search.own else -math.inf


def _threshold(strangers: Scores, fpir: float) -> float:
    """The lowest score that at most the share `fpir` of the strangers exceed."""
    allowed = math.floor(fpir * len(strangers) + 1e-9)
    return float(np.sort(strangers)[::-1][allowed])


def _by_person(searches: Sequence[Search], values: Scores) -> list[Scores]:
    people = np.array([search.person for search in searches])
    return [values[people == person] for person in np.unique(people)]


def _resampled(groups: Sequence[Scores], rng: np.random.Generator) -> Scores:
    return np.concatenate([groups[index] for index in rng.integers(len(groups), size=len(groups))])
