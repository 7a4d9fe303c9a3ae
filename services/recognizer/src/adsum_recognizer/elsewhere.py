"""Is a face that nobody on the roster fits surely somebody of the school? A hint to a person. Pure.

It marks nobody and names no track: a search among all students of a school finds a look-alike far sooner than
one among a roster, so even what is sure is only worth a look.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from adsum_contracts.ids import StudentId
from adsum_recognizer.evidence import NO_PAIRS, Apart, Candidate, Crop, vote
from adsum_recognizer.identity import MatchPolicy, Unknown, UnknownReason

Reason = UnknownReason | Literal["known_elsewhere"]


NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a search of the whole school said: whether it is surely somebody who is not on the roster, and
    who, where the school lets it be told."""

    sure: bool
    student_id: StudentId | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """Why a face has no name, and of whom a person may think."""

    reason: Reason
    student_id: StudentId | None = None


def surely(
    found: Sequence[Candidate], roster: Collection[StudentId], policy: MatchPolicy, apart: Apart = NO_PAIRS
) -> StudentId | None:
    """Return who of the school it surely is: `found` are its students most like the face, best first, of whom
    those in the `roster` are never meant.

    As for a single crop, it needs the strong threshold, and the policy's margin over everybody else.
    """
    if not found:
        return None
    best = vote(Crop(NO_TIME, tuple(found)), apart)
    sure = best.score >= policy.strong_threshold and policy.counts(best.score, best.margin)
    return best.student_id if sure and best.student_id not in roster else None


def hint(identity: Unknown, lookups: Collection[Lookup]) -> Hint:
    """Return why the face has no name; what says more than that nobody fits stays as it is.

    Two searches that are sure of different students are sure of nobody.
    """
    sure = [lookup.student_id for lookup in lookups if lookup.sure]
    named = {student_id for student_id in sure if student_id is not None}
    if identity.reason == "below_threshold" and sure and len(named) <= 1:
        return Hint("known_elsewhere", next(iter(named), None))
    return Hint(identity.reason)
