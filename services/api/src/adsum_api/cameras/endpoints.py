"""`/v1/cameras/{id}/health` and `/v1/cameras/{id}/coverage`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.cameras import service
from adsum_api.cameras.schemas import CoverageOut, HealthOut
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.problems import documented

router = APIRouter(prefix="/v1/cameras/{camera_id}", tags=["rooms and cameras"], route_class=ContractRoute)

NOT_FOUND = documented(404, "camera-not-found", "there is no camera 6d0e3f5c-0000-4000-8000-000000000001")
NO_TIME = documented(
    422, "invalid", "ask for a time of at most 7 days: `from` before `to`, both with their zone"
)


def _storable(at: datetime) -> datetime:
    if not 1970 < at.year < 9000:
        raise ValueError("a year between 1971 and 8999")
    return at


Time = Annotated[AwareDatetime, AfterValidator(_storable)]


@router.get("/health", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)], responses=NOT_FOUND)
def get_health(camera_id: UUID, work: Work, caller: Caller, now: Now) -> HealthOut:
    """Tell how a camera is, and in plain words what is wrong with it."""
    return service.health(work, caller, camera_id, now)


@router.get(
    "/coverage", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)], responses=NOT_FOUND | NO_TIME
)
def get_coverage(
    camera_id: UUID,
    work: Work,
    caller: Caller,
    now: Now,
    start: Annotated[Time | None, Query(alias="from", description="24 hours before `to`")] = None,
    end: Annotated[Time | None, Query(alias="to", description="now; at most 7 days after `from`")] = None,
) -> CoverageOut:
    """Tell how large, sharp and turned away faces were at each place of a camera's picture, and what would
    help. Reports are kept for 14 days."""
    return service.coverage(work, caller, camera_id, start, end, now)
