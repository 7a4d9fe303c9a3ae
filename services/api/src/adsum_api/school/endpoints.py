"""`/v1/school`."""

from __future__ import annotations

from fastapi import APIRouter

from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Work
from adsum_api.school import service
from adsum_api.school.schemas import SchoolChange, SchoolOut
from adsum_store.models import School

router = APIRouter(prefix="/v1/school", tags=["school"], route_class=ContractRoute)


@router.get("", response_model=SchoolOut)
def show_school(caller: Caller) -> School:
    """Show the school."""
    return caller.school


@router.patch("", response_model=SchoolOut)
def change_school(work: Work, caller: Caller, change: SchoolChange) -> School:
    """Rename the school, move it to another time zone, or change what it allows and keeps."""
    return service.change_school(work, caller.school, change)
