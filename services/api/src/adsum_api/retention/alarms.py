"""Which clocks of retention ring, for whoever watches: the health page, the metrics, the office's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from adsum_api.retention.clocks import CLOCKS, alarm_of
from adsum_store.models import School
from adsum_store.repositories import retention
from adsum_store.repositories.retention import LastRun
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ClockState:
    """One clock of one school: how long ago it last did its work, and why it rings, if it does."""

    kind: str
    age: timedelta
    alarm: str | None


def states(work: UnitOfWork, now: datetime, of: School | None = None) -> list[ClockState]:
    """Return the state of every clock that runs, of one school or of all."""
    last = retention.last_of_clocks(work, [clock.kind for clock in CLOCKS])
    schools = retention.schools(work) if of is None else [of]
    return [state for school in schools for state in _of_school(school, last, now)]


def _of_school(
    school: School, last: Mapping[tuple[UUID, str], LastRun], now: datetime
) -> Iterable[ClockState]:
    for clock in CLOCKS:
        if clock.keeps(school.retention_days) is None:
            continue
        run = last.get((school.id, clock.kind), LastRun(None, None))
        since = run.succeeded_at or school.created_at
        alarm = alarm_of(run.succeeded_at, run.error, now, school.created_at)
        yield ClockState(clock.kind, now - since, alarm)


def reasons(found: Iterable[ClockState]) -> list[str]:
    """Return why clocks ring, each kind once: `sightings: it has not run …`."""
    return sorted({f"{state.kind}: {state.alarm}" for state in found if state.alarm is not None})
