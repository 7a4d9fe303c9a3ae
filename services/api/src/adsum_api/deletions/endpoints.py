"""`/v1/deletions`: what `updated_since` of the lists cannot tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.contract.paging import USUAL, Cursor, Limit, Paging, paging_of, storable
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.errors import Gone
from adsum_api.problems import documented
from adsum_store.repositories import deletions

router = APIRouter(prefix="/v1", tags=["deletions"], route_class=ContractRoute)

KEPT: Final = timedelta(days=90)


class DeletionsForgotten(Gone):
    """Nobody can say any more what was deleted then."""

    def __init__(self) -> None:
        super().__init__(
            f"deletions are kept for {KEPT.days} days: read the lists whole, then what is gone since"
        )


class DeletionOut(BaseModel):
    """That a row is gone: what it was, its id, and when. Nothing of what it said is kept."""

    kind: Literal[
        "absence", "assignment", "building", "calendar", "camera", "consent", "course", "lesson",
        "membership", "room", "section", "staff", "student", "term", "webhook",
    ]  # fmt: skip
    id: UUID
    deleted_at: datetime


def _since(
    request: Request,
    response: Response,
    now: Now,
    since: Annotated[
        AwareDatetime,
        AfterValidator(storable),
        Query(description="when you began to read last, less a minute"),
    ],
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> Paging:
    if since < now - KEPT:
        raise DeletionsForgotten
    return paging_of(request, response, limit, cursor, since)


@router.get(
    "/deletions",
    dependencies=[needs(Right.ROSTER_READ)],
    responses=documented(HTTPStatus.GONE, "deletions-forgotten", str(DeletionsForgotten())),
)
def list_deletions(
    work: Work, caller: Caller, paging: Annotated[Paging, Depends(_since)]
) -> list[DeletionOut]:
    """List what was deleted since a time, in order of time; it is kept for 90 days, 410 beyond.

    With a student go their memberships and consents, each listed, and their marks, register entries,
    enrolment jobs and corrections, which are not: whoever keeps those drops them with the student.
    """
    found = deletions.of_school(work, caller.school_id, paging.wanted)
    page = paging.page(found, lambda each: (each.deleted_at, each.id))
    return [DeletionOut(kind=each.kind, id=each.row_id, deleted_at=each.deleted_at) for each in page]
