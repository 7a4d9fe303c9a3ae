"""`/v1/staff`: who works at the school."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Work
from adsum_api.texts import Name
from adsum_api.tree.editing import Change, Kind
from adsum_store.models import StaffMember

router = APIRouter(prefix="/v1/staff", tags=["the school's tree"], route_class=ContractRoute)


Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


class StaffIn(BaseModel):
    """A new member of staff; `username` and `email` are what an account is found by."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Anna Keller", "email": "anna.keller@school.example"}]},
    )

    name: Name
    username: Name | None = None
    email: Email | None = None


class StaffChange(Change):
    """What is left out stays as it is; null takes a `username`, an `email` or a `left_on` away."""

    MAY_BE_MISSING: ClassVar[frozenset[str]] = frozenset({"username", "email", "left_on"})

    name: Name | None = None
    username: Name | None = None
    email: Email | None = None
    left_on: Annotated[date | None, Field(description="the day from which they no longer work here")] = None


class StaffOut(BaseModel):
    """A member of staff. `source_id`: their id in the school system that brought them."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    username: str | None
    email: str | None
    left_on: date | None
    source_id: str | None


STAFF = Kind("member of staff", StaffMember, StaffOut, StaffChange, ("name", "id"))


@router.post("", dependencies=[needs(Right.ROSTER_WRITE)], status_code=HTTPStatus.CREATED)
def add_staff_member(work: Work, caller: Caller, new: StaffIn) -> StaffOut:
    """Add a member of staff."""
    return STAFF.add(work, caller, new)


@router.get("", dependencies=[needs(Right.ROSTER_READ)])
def list_staff(work: Work, caller: Caller, paged: Paged) -> list[StaffOut]:
    """List the staff, by name."""
    return STAFF.page(work, caller, paged)


@router.get("/{staff_id}", dependencies=[needs(Right.ROSTER_READ)])
def show_staff_member(work: Work, caller: Caller, response: Response, staff_id: UUID) -> StaffOut:
    """Show one member of staff."""
    return STAFF.show(work, caller, response, staff_id)


@router.patch("/{staff_id}", dependencies=[needs(Right.ROSTER_WRITE)], responses=EDITS)
def change_staff_member(
    work: Work, caller: Caller, response: Response, seen: IfMatch, staff_id: UUID, change: StaffChange
) -> StaffOut:
    """Change a member of staff and no roster brings."""
    return STAFF.edit(work, caller, response, seen, staff_id, change)


@router.delete("/{staff_id}", dependencies=[needs(Right.ROSTER_WRITE)], status_code=HTTPStatus.NO_CONTENT)
def remove_staff_member(work: Work, caller: Caller, staff_id: UUID) -> None:
    """Remove a member of staff that nothing refers to any more and no roster brings."""
    STAFF.remove(work, caller, staff_id)
