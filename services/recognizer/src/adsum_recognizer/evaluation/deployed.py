"""The rule that names pupils in a lesson, asked about photos: whom would it name?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from adsum_contracts.ids import CameraId, StudentId, TrackId
from adsum_recognizer.evaluation.open_set import Scores, Search
from adsum_recognizer.evidence import Candidate, Crop, TrackEvidence
from adsum_recognizer.identity import MatchPolicy, Recognised, identify

CANDIDATES: Final = 5
"""As many as the recognizer keeps with a sighting."""

_NINE: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_TRACK: Final = TrackId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Names:
    """How many searches the rule named: rightly, wrongly, and strangers."""

    right: int
    wrong: int
    strangers: int


def names(searches: Sequence[Search], policy: MatchPolicy) -> Names:
    """Let the rule decide each search as a track of its own.

    Its crops lie as far apart as agreement asks; a track of one crop is excused from it: what is measured
    there is how far a single score can be trusted.
    """
    decided = [(search.own, named(search, policy)) for search in searches]
    return Names(
        right=sum(own is not None and name == own for own, name in decided),
        wrong=sum(own is not None and name is not None and name != own for own, name in decided),
        strangers=sum(own is None and name is not None for own, name in decided),
    )


def named(search: Search, policy: MatchPolicy) -> int | None:
    """Return the column of the student whom the rule names, if it names anybody."""
    apart = timedelta(seconds=policy.agreement_s)
    crops = tuple(Crop(_NINE + index * apart, _candidates(row)) for index, row in enumerate(search.scores))
    track = TrackEvidence(_TRACK, CameraId(_TRACK), _NINE, _NINE + len(crops) * apart, crops)
    rule = replace(policy, agreement_s=0.0) if len(crops) == 1 else policy
    identity = identify([track], rule)[_TRACK]
    return identity.student_id.int if isinstance(identity, Recognised) else None


def _candidates(row: Scores) -> tuple[Candidate, ...]:
    best = np.argsort(-row, kind="stable")[:CANDIDATES]
    return tuple(Candidate(StudentId(UUID(int=int(column))), float(row[column])) for column in best)
