"""Who is at risk of being taken for whom, and whose pictures do not serve. Pure: vectors in, findings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from adsum_contracts.ids import StudentId
from adsum_recognizer.comparing import Comparison, Scores, Vectors, compared
from adsum_recognizer.evidence import Apart
from adsum_recognizer.identity import MatchPolicy

BINS: Final = 40
NewPhotos = Literal["too_few", "unlike_each_other"]


@dataclass(frozen=True, slots=True)
class Risk:
    """A picture of `student` has only `lead` (cosine) over `rival`: less than a name needs."""

    student: StudentId
    rival: StudentId
    lead: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of scores in equal bins between `lowest` and `highest`, of each kind."""

    lowest: float
    highest: float
    genuine: tuple[int, ...]
    impostor: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """`at_risk`, worst first, one for each ordered pair; `new_photos`: who needs some, and why."""

    at_risk: tuple[Risk, ...]
    new_photos: Mapping[StudentId, NewPhotos]
    histogram: Histogram

    def look_alikes(self, margin: float) -> Apart:
        """Return how much more than the margin either of a pair must lead by: what their pictures lack."""
        extra: dict[frozenset[StudentId], float] = {}
        for risk in self.at_risk:
            pair = frozenset((risk.student, risk.rival))
            extra[pair] = max(margin - risk.lead, extra.get(pair, 0.0))
        return extra


def find(enrolled: Mapping[StudentId, Vectors], policy: MatchPolicy) -> Findings:
    """Compare every picture with all others; at least one student has two.

    A picture below the threshold among its student's own says that it is bad, not that somebody looks alike.
    """
    usable = {student: vectors for student, vectors in enrolled.items() if len(vectors) >= 2}
    students = sorted(usable)
    chunks = list(compared(usable))
    unlike = {students[owner] for chunk in chunks for owner in chunk.owners[chunk.own < policy.threshold]}
    few = {student for student in enrolled if student not in usable}
    new_photos: dict[StudentId, NewPhotos] = dict.fromkeys(sorted(few), "too_few")
    new_photos |= dict.fromkeys(sorted(unlike), "unlike_each_other")
    return Findings(
        at_risk=_at_risk(chunks, students, policy),
        new_photos=new_photos,
        histogram=_histogram(chunks),
    )


def _at_risk(
    chunks: Sequence[Comparison], students: Sequence[StudentId], policy: MatchPolicy
) -> tuple[Risk, ...]:
    least: dict[tuple[int, int], float] = {}
    for chunk in chunks:
        leads = chunk.own[:, None] - chunk.others
        close = (leads < policy.margin) & (chunk.own >= policy.threshold)[:, None]
        for row, rival in np.argwhere(close):
            pair = int(chunk.owners[row]), int(rival)
            least[pair] = min(float(leads[row, rival]), least.get(pair, 1.0))
    found = [Risk(students[one], students[other], lead) for (one, other), lead in least.items()]
    return tuple(sorted(found, key=lambda risk: (risk.lead, risk.student, risk.rival)))


def _histogram(chunks: Sequence[Comparison]) -> Histogram:
    lowest = min(float(min(chunk.own.min(), _real(chunk).min(initial=1.0))) for chunk in chunks)
    edges = np.linspace(lowest, 1.0, BINS + 1)
    genuine = sum(np.histogram(chunk.own, edges)[0] for chunk in chunks)
    impostor = sum(np.histogram(_real(chunk), edges)[0] for chunk in chunks)
    return Histogram(lowest, 1.0, _counts(genuine), _counts(impostor))


def _real(chunk: Comparison) -> Scores:
    return chunk.others[np.isfinite(chunk.others)]


def _counts(histogram: NDArray[np.int64] | int) -> tuple[int, ...]:
    return tuple(np.atleast_1d(histogram).tolist())
