"""`/v1/school`."""

from __future__ import annotations

from fastapi import APIRouter, Response

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.contract.preconditions import EDITS, IfMatch, tell_tag
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Work
from adsum_api.school import service
from adsum_api.school.schemas import OF_CONSENTS, SchoolChange, SchoolOut

router = APIRouter(prefix="/v1/school", tags=["school"], route_class=ContractRoute)


@router.get("", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)])
def show_school(caller: Caller, response: Response) -> SchoolOut:
    """Show the school."""
    shown = SchoolOut.model_validate(caller.school)
    tell_tag(response, shown, SchoolChange)
    return shown


@router.patch("", dependencies=[needs(Right.SCHOOL_WRITE)], responses=EDITS)
def change_school(
    work: Work, caller: Caller, response: Response, seen: IfMatch, change: SchoolChange
) -> SchoolOut:
    """Rename the school, move it to another time zone, or change what it allows and keeps.

    What decides which consents hold, and which faces are kept by them, needs `consent:write` too.
    """
    if change.model_fields_set & OF_CONSENTS:
        caller.require(Right.CONSENT_WRITE)
    changed = service.change_school(work, caller.school, change, seen)
    tell_tag(response, changed, SchoolChange)
    return changed
