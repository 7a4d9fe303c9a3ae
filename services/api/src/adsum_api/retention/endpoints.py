"""`/v1/retention`."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.retention.clocks import CLOCKS, RetentionClock, alarm_of
from adsum_store.models import RetentionRun, School
from adsum_store.repositories import retention

router = APIRouter(prefix="/v1/retention", tags=["privacy"], route_class=ContractRoute)


class ProofOut(BaseModel):
    """The last run: everything from before `cutoff` is gone, and the oldest row left is of `oldest_left`."""

    ran_at: datetime
    cutoff: datetime
    deleted: int
    oldest_left: datetime | None
    ok: bool


class ClockOut(BaseModel):
    """How long one kind of data is kept, with the proof that it is so."""

    kind: str
    keep_days: float | None = Field(description="none: as long as the school's record")
    limits: tuple[int, int] | None = Field(description="what `retention_days` of the school may say")
    proof: ProofOut | None
    alarm: str | None = Field(description="why somebody should look; none where all is well")


class RetentionOut(BaseModel):
    """Every clock; `alarm`: whether any rings."""

    alarm: bool
    clocks: list[ClockOut]


@router.get("", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)])
def show_retention(work: Work, caller: Caller, now: Now) -> RetentionOut:
    """Show how long what is kept, when that was last seen to, and whether it failed or is overdue."""
    runs = retention.last_runs(work, caller.school_id)
    clocks = [_clock(each, runs.get(each.kind), caller.school, now) for each in CLOCKS]
    return RetentionOut(alarm=any(each.alarm for each in clocks), clocks=clocks)


def _clock(clock: RetentionClock, run: RetentionRun | None, school: School, now: datetime) -> ClockOut:
    keep = clock.keeps(school.retention_days)
    last, error = (run.ran_at, run.error) if run else (None, None)
    return ClockOut(
        kind=clock.kind,
        keep_days=None if keep is None else keep.total_seconds() / 86400,
        limits=clock.limits,
        proof=None if run is None else _proof(run),
        alarm=None if keep is None else alarm_of(last, error, now, school.created_at),
    )


def _proof(run: RetentionRun) -> ProofOut:
    return ProofOut(
        ran_at=run.ran_at,
        cutoff=run.cutoff,
        deleted=run.deleted,
        oldest_left=run.oldest_left,
        ok=run.error is None,
    )
