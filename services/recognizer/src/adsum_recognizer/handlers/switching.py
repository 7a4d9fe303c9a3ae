"""The switch from one model to the other: one row of one table, changed in one transaction.

Every worker reads that row at its next batch. The thresholds go with it, since a lesson's policy is that of
the active model's accepted calibration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from adsum_contracts.ids import ModelId
from adsum_contracts.models import ModelSpec
from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.handlers.reembedding import NotNow
from adsum_store.models import ModelChoice
from adsum_store.repositories import calibrations, comparisons, lineups, rosters, standings
from adsum_store.repositories.comparisons import Compared, Tally
from adsum_store.repositories.lineups import Lineup
from adsum_store.repositories.standings import Standing
from adsum_store.unit_of_work import Store, UnitOfWork

NAMED: Final = 10
"""So many students are named in a refusal; `reembed status` names all."""


class NotReady(RecognizerError):  # noqa: N818 - named for what it is
    """A switch would cost something that nobody has agreed to; the text says what, and how to."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a switch may cost: so many students whom the other model cannot name, thresholds that nobody
    accepted, and the names of a lesson that is on."""

    missing: int = 0
    default_thresholds: bool = False
    during_lessons: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """A school's models, and how far every student has come from the active one to the one on standby.

    `calibrations`: the version in force, by model id, None where it has its default thresholds.
    """

    lineup: Lineup
    standings: Sequence[Standing]
    calibrations: Mapping[ModelId, int | None]

    @property
    def missing(self) -> list[str]:
        """The numbers of those whom the model on standby would not know."""
        return [standing.number for standing in self.standings if standing.missing]


class Switching:
    """Looks at a school's two models, and swaps their places; `default` is the deployed one."""

    def __init__(self, store: Store, school_id: UUID, default: ModelSpec) -> None:
        self._store = store
        self._school_id = school_id
        self._default = default

    def overview(self) -> Overview:
        """Return how things stand; raise `UnknownModel`."""
        with self._store.begin() as work:
            return self._overview(work)

    def compared(self) -> tuple[Lineup, Mapping[Tally, int]]:
        """Return how the two models agreed on live crops, in the order that they have now."""
        with self._store.begin() as work:
            lineup = lineups.of_school(work.session, self._school_id, self._default)
            if lineup.standby is None:
                return lineup, {}
            of = Compared(self._school_id, lineup.active.id, lineup.standby.id)
            return lineup, comparisons.counted(work.session, of)

    def switch(self, by: str, now: datetime, allowed: Allowed) -> Lineup:
        """Make the model on standby the active one, in somebody's name; the other stands by, to go back to.

        Raises `NotNow` where there is none or it was done before, `NotReady` where it costs more than is
        allowed.
        """
        with self._store.begin() as work:
            row = lineups.locked(work.session, self._school_id, self._default)
            if row.standby_id is None:
                raise NotNow("no model stands beside the active one: begin with `reembed --to MODEL`")
            if row.switched_at is not None:
                raise NotNow("the models were switched before: `reembed back` or `reembed drop`")
            self._check(work, now, allowed)
            return self._swapped(work, row, now, by)

    def back(self, now: datetime, allowed: Allowed) -> Lineup:
        """Undo the last switch; raises as `switch`."""
        with self._store.begin() as work:
            row = lineups.locked(work.session, self._school_id, self._default)
            if row.switched_at is None:
                raise NotNow("the models were not switched, or the old templates were dropped since")
            self._check(work, now, allowed)
            return self._swapped(work, row, None, None)

    def _swapped(self, work: UnitOfWork, row: ModelChoice, at: datetime | None, by: str | None) -> Lineup:
        assert row.standby_id is not None  # noqa: S101 - for mypy: the callers looked
        row.active_id, row.standby_id = row.standby_id, row.active_id
        row.switched_at, row.switched_by = at, by
        work.session.flush()
        return lineups.of_school(work.session, self._school_id, self._default)

    def _overview(self, work: UnitOfWork) -> Overview:
        lineup = lineups.of_school(work.session, self._school_id, self._default)
        standby_id = "" if lineup.standby is None else lineup.standby.id
        found = standings.of_school(work.session, self._school_id, lineup.active.id, standby_id)
        versions = {spec.id: self._calibration(work, spec) for spec in lineup.specs}
        return Overview(lineup, found, versions)

    def _calibration(self, work: UnitOfWork, spec: ModelSpec) -> int | None:
        row = calibrations.in_force(work.session, self._school_id, spec.id)
        return None if row is None else row.version

    def _check(self, work: UnitOfWork, now: datetime, allowed: Allowed) -> None:
        if not allowed.during_lessons and rosters.is_lesson_on(work.session, self._school_id, now):
            raise NotReady(
                "a lesson is on, whose faces would lose their names for a moment: wait for its end, or add "
                "--during-lessons"
            )
        _check_costs(self._overview(work), allowed)


def _check_costs(found: Overview, allowed: Allowed) -> None:
    active, standby = found.lineup.specs
    if len(found.missing) > allowed.missing:
        some = ", ".join(found.missing[:NAMED]) + (", …" if len(found.missing) > NAMED else "")
        raise NotReady(
            f"{standby.name} cannot name {len(found.missing)} students ({some}): they need new photos, "
            f"or add --allow-missing {len(found.missing)} and call them by hand"
        )
    lost = found.calibrations[active.id] is not None and found.calibrations[standby.id] is None
    if lost and not allowed.default_thresholds:
        raise NotReady(
            f"nobody has accepted a calibration for {standby.name}: run `adsum-recognizer calibrate --model "
            f"{standby.name}`, or add --default-thresholds"
        )
