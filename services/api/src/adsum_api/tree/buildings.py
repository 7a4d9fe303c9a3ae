"""`/v1/buildings`: the houses that rooms are in."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Work
from adsum_api.texts import Name
from adsum_api.tree.editing import Change, Kind
from adsum_store.models import Building

router = APIRouter(prefix="/v1/buildings", tags=["the school's tree"], route_class=ContractRoute)


class BuildingIn(BaseModel):
    """A new building."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "North wing"}]})

    name: Name


class BuildingChange(Change):
    """What is left out stays as it is."""

    name: Name | None = None


class BuildingOut(BaseModel):
    """A house of the school."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str


BUILDINGS = Kind("building", Building, BuildingOut, BuildingChange, ("name",))


@router.post("", dependencies=[needs(Right.SCHOOL_WRITE)], status_code=HTTPStatus.CREATED)
def add_building(work: Work, caller: Caller, new: BuildingIn) -> BuildingOut:
    """Add a building."""
    return BUILDINGS.add(work, caller, new)


@router.get("", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)])
def list_buildings(work: Work, caller: Caller, paged: Paged) -> list[BuildingOut]:
    """List the buildings, by name."""
    return BUILDINGS.page(work, caller, paged)


@router.get("/{building_id}", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)])
def show_building(work: Work, caller: Caller, response: Response, building_id: UUID) -> BuildingOut:
    """Show one building."""
    return BUILDINGS.show(work, caller, response, building_id)


@router.patch("/{building_id}", dependencies=[needs(Right.SCHOOL_WRITE)], responses=EDITS)
def change_building(
    work: Work, caller: Caller, response: Response, seen: IfMatch, building_id: UUID, change: BuildingChange
) -> BuildingOut:
    """Change a building."""
    return BUILDINGS.edit(work, caller, response, seen, building_id, change)


@router.delete("/{building_id}", dependencies=[needs(Right.SCHOOL_WRITE)], status_code=HTTPStatus.NO_CONTENT)
def remove_building(work: Work, caller: Caller, building_id: UUID) -> None:
    """Remove a building that nothing refers to any more."""
    BUILDINGS.remove(work, caller, building_id)
