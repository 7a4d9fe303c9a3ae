"""Compares the model on standby with the active one on live crops. It marks nobody, and keeps counts alone.

It runs when everything that a crop is for is committed and told, and whatever goes wrong in it stays in it.
What a worker had not counted when it died is not counted at all; nothing is counted twice, since only crops
whose sighting was new are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import structlog

from adsum_contracts.ids import StudentId
from adsum_contracts.models import ModelSpec
from adsum_recognizer.evidence import Candidate
from adsum_recognizer.handlers.probing import Looked, probes_of
from adsum_recognizer.policies import DEFAULTS, policy_for
from adsum_recognizer.ports import Embedders
from adsum_recognizer.shadow import Opinion, is_sampled, opinion, outcome
from adsum_store.models import Lesson
from adsum_store.repositories import comparisons, templates
from adsum_store.repositories.comparisons import Compared, Tally
from adsum_store.repositories.lineups import Lineup
from adsum_store.repositories.templates import Found
from adsum_store.unit_of_work import Store, UnitOfWork
from adsum_vision.judge import Accepted

log = structlog.get_logger()

RIVALS: Final = 2
"""Candidates that an opinion looks at: the best, and the best other one."""


class Shadow:
    """Has the model on standby look at a share of what the active one has looked at."""

    def __init__(self, store: Store, embedders: Embedders) -> None:
        self._store = store
        self._embedders = embedders

    def compare(self, fresh: Sequence[tuple[Looked, Found]], models: Mapping[UUID, Lineup]) -> None:
        """Count how the two models agree on the crops, as far as they are sampled and of a lesson."""
        for school_id, lineup in models.items():
            sample = [each for each in fresh if each[0].school_id == school_id and _is_compared(each, lineup)]
            if lineup.standby is None or not sample:
                continue
            try:
                self._count(school_id, lineup.active, lineup.standby, sample)
            except Exception as error:
                # A model on trial may fail in any way: the lesson's entries are settled all the same.
                log.warning("comparison_failed", model=lineup.standby.id, error=type(error).__name__)

    def _count(
        self, school_id: UUID, active: ModelSpec, standby: ModelSpec, sample: Sequence[tuple[Looked, Found]]
    ) -> None:
        probes = probes_of([looked for looked, _ in sample], {school_id: standby}, self._embedders)
        with self._store.begin() as work:
            found = templates.nearest(work.session, probes, RIVALS)
            tallies = [
                _tally(_opinion(work, before, active), _opinion(work, now, standby))
                for (_, before), now in zip(sample, found, strict=True)
            ]
            comparisons.count(work.session, Compared(school_id, active.id, standby.id), tallies)


def _is_compared(each: tuple[Looked, Found], lineup: Lineup) -> bool:
    looked, found = each
    usable = isinstance(looked.seen, Accepted) and found.lesson_id is not None
    return usable and is_sampled(looked.face.event.track_id, lineup.share)


def _opinion(work: UnitOfWork, found: Found, spec: ModelSpec) -> Opinion:
    lesson = None if found.lesson_id is None else work.session.get(Lesson, found.lesson_id)
    if lesson is None:
        return opinion((), DEFAULTS[spec.id])
    candidates = [Candidate(StudentId(match.student_id), match.score) for match in found.matches]
    return opinion(candidates, policy_for(work.session, lesson, spec))


def _tally(active: Opinion, standby: Opinion) -> Tally:
    return Tally(outcome(active, standby), round(100 * active.score), round(100 * standby.score))
