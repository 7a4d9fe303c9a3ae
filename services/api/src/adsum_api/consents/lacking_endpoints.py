"""`/v1/consents`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.consents.lacking import USUAL_DAYS, LackingOut, lacking
from adsum_api.consents.rules import Rule
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work

router = APIRouter(prefix="/v1/consents", tags=["consents"], route_class=ContractRoute)

Days = Annotated[int, Query(ge=0, le=400, description="those, too, whose consent ends within so many days")]
IfRule = Annotated[Rule | None, Query(description="as if this were the school's rule, before it is")]


@router.get(
    "/lacking", dependencies=[needs(Right.ROSTER_READ)], summary="List whose consent is lacking, and why"
)
def list_lacking(
    work: Work, caller: Caller, now: Now, paged: Paged, within_days: Days = USUAL_DAYS, rule: IfRule = None
) -> list[LackingOut]:
    """List the students without consent by number, and those whose consent lapses soon, with the reason: none
    was given, a parent's is missing, it expired or was withdrawn, a parent or the student refuses."""
    found = lacking(work, caller.school, now, paged.wanted, within_days, rule)
    return list(paged.page(found, lambda row: (row.number,)))
