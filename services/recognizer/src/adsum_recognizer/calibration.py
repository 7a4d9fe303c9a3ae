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

from adsum_contracts.ids import StudentId
from adsum_recognizer.comparing import Scores, Vectors, compared
from adsum_recognizer.identity import ClearLead, MatchPolicy

MIN_STUDENTS: Final = 8
"""With fewer, the spread of their scores says nothing about the next one's."""

ROSTER: Final = 30
"""Students looked for in a lesson: a stranger's best score grows with them."""

UNKNOWN_FACES: Final = 3
"""Faces of a lesson that belong to nobody on its roster: visitors, the teacher, somebody in the door."""

FALSE_MARKS: Final = 0.03
"""Wrong marks in a lesson that are accepted, agreement over the track left aside: a hundredth of its unknown
faces look once like somebody on the roster."""

GENUINE_LOST: Final = 0.05
"""Share of the students' own pictures that a threshold or a margin may cost, where it has a choice."""

CLEAR_OF_RIVALS: Final = 0.9
"""Share of strangers' crops whose two best students lie closer together than the margin."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy, what was asked of it, and how much it stands on.

    `trials`: searches of a stranger in a roster; `let_past`: the share of them that count for somebody, each
    by itself; `lost`: the share of the students' own pictures that do not count for them.
    """

    policy: MatchPolicy
    students: int
    genuine_pairs: int
    impostor_pairs: int
    roster: int
    false_marks: float
    trials: int
    let_past: float
    lost: float

    @property
    def clear_margin(self) -> float:
        """The lead that makes up for a score below the threshold."""
        return self.policy.margin if self.policy.clear is None else self.policy.clear.margin

    @property
    def shown(self) -> float:
        """The fewest wrong marks in a lesson that so many trials can show at all (rule of three)."""
        return UNKNOWN_FACES * 3 / self.trials


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
    enrolled: Mapping[StudentId, Vectors],
    default: MatchPolicy,
    roster: int = ROSTER,
    false_marks: float = FALSE_MARKS,
) -> Proposal | TooFew:
    """Propose a policy for rosters of `roster` students and at most `false_marks` wrong marks in a lesson.

    The threshold is never below the default's. It is as high as strangers ask, but no higher than the
    students' own pictures allow: where the two collide, the margin has to tell them apart. A lower score,
    down to the default's threshold, counts with a lead that strangers do not have either. One crop alone is
    believed only a margin above every score that a stranger reached. The margin is at least the default's,
    unless the students themselves are closer together than that.
    """
    usable = {student: vectors for student, vectors in enrolled.items() if len(vectors) >= 2}
    if len(usable) < MIN_STUDENTS:
        return TooFew(len(usable))
    trials = _trials(usable, max(1, round(len(usable) / roster)))
    rare = false_marks / UNKNOWN_FACES
    strangers = _rarely_reached(trials.best, rare)
    own_low = float(np.quantile(trials.own, GENUINE_LOST))
    threshold, margin = max(default.threshold, min(strangers, own_low)), _margin(trials, default.margin)
    clear = ClearLead(default.threshold, max(margin, _rarely_reached(trials.best - trials.second, rare)))
    strong = min(max(threshold, float(trials.best.max())) + margin, 1.0)
    templates = sum(len(vectors) for vectors in usable.values())
    genuine_pairs = sum(len(vectors) * (len(vectors) - 1) // 2 for vectors in usable.values())
    policy = MatchPolicy(threshold, strong, margin, default.agreement_s, clear)
    return Proposal(
        policy,
        students=len(usable),
        genuine_pairs=genuine_pairs,
        impostor_pairs=templates * (templates - 1) // 2 - genuine_pairs,
        roster=roster,
        false_marks=false_marks,
        trials=trials.best.size,
        let_past=_counting(trials.best, trials.best - trials.second, policy),
        lost=1 - _counting(trials.own, trials.own - trials.best, policy),
    )


def _rarely_reached(scores: Scores, share: float) -> float:
    """The highest value that at least `share` of the trials reach, and no fewer than one."""
    return float(np.quantile(scores, 1 - min(share, 1.0), method="higher"))


def _counting(scores: Scores, leads: Scores, policy: MatchPolicy) -> float:
    pairs = zip(np.broadcast_to(scores, leads.shape).ravel().tolist(), leads.ravel().tolist(), strict=True)
    return float(np.mean([policy.counts(score, lead) for score, lead in pairs]))


def _margin(trials: _Trials, default: float) -> float:
    apart = float(np.quantile(trials.own - trials.best, GENUINE_LOST))
    strangers = float(np.quantile(trials.best - trials.second, CLEAR_OF_RIVALS))
    return min(max(default, strangers), max(apart, default / 2))


def _trials(enrolled: Mapping[StudentId, Vectors], rosters: int) -> _Trials:
    """Let every template look into rosters of about the same size."""
    own: list[Scores] = []
    best_two: list[Scores] = []
    for chunk in compared(enrolled):
        own.append(chunk.own)
        parts = np.array_split(chunk.others, rosters, axis=1)
        best_two.append(np.stack([np.sort(part, axis=1)[:, -2:] for part in parts], axis=1))
    rivals = np.concatenate(best_two)
    return _Trials(np.concatenate(own)[:, None], rivals[..., 1], rivals[..., 0])
