"""The rule that names pupils in a lesson, asked about photos: whom would it name?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from adsum_contracts.ids import CameraId, StudentId, TrackId
from adsum_recognizer.evaluation.open_set import Scores, Search
from adsum_recognizer.identity import Candidate, Crop, MatchPolicy, Recognised, TrackEvidence, identify

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

    Its crops are a second longer apart than agreement asks. A track of one crop shows it twice: a rule
    that asks for two crops is given them, so what is measured is how far its scores can be trusted.
    """
    decided = [(search.own, named(search, policy)) for search in searches]
    return Names(
        right=sum(own is not None and name == own for own, name in decided),
        wrong=sum(own is not None and name is not None and name != own for own, name in decided),
        strangers=sum(own is None and name is not None for own, name in decided),
    )


def named(search: Search, policy: MatchPolicy) -> int | None:
    """Return the column of the student whom the rule names, if it names anybody."""
    rows = search.scores if len(search.scores) != 1 else np.repeat(search.scores, 2, axis=0)
    apart = timedelta(seconds=policy.agreement_s + 1)
    crops = tuple(Crop(_NINE + index * apart, _candidates(row)) for index, row in enumerate(rows))
    track = TrackEvidence(_TRACK, CameraId(_TRACK), _NINE, _NINE + len(crops) * apart, crops)
    identity = identify([track], policy)[_TRACK]
    return identity.student_id.int if isinstance(identity, Recognised) else None


def _candidates(row: Scores) -> tuple[Candidate, ...]:
    best = np.argsort(-row, kind="stable")[:CANDIDATES]
    return tuple(Candidate(StudentId(UUID(int=int(column))), float(row[column])) for column in best)
