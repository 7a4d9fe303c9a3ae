"""`/v1/rooms` and `/v1/cameras`."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.cameras.renewing import cut_off_after
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch, tell_tag
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Reach, Work
from adsum_api.lessons.telling import tell_camera_after
from adsum_api.places import service
from adsum_api.places.schemas import (
    CameraChange,
    CameraIn,
    CameraOut,
    NewCamera,
    RoomChange,
    RoomIn,
    RoomOut,
)
from adsum_store.models import Room
from adsum_store.repositories import places

router = APIRouter(prefix="/v1", tags=["rooms and cameras"], route_class=ContractRoute)


@router.post(
    "/rooms", dependencies=[needs(Right.SCHOOL_WRITE)], status_code=HTTPStatus.CREATED, response_model=RoomOut
)
def add_room(work: Work, caller: Caller, room: RoomIn) -> Room:
    """Add a room."""
    return places.add_room(work, caller.school_id, room.name, room.building_id)


@router.get("/rooms", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)], response_model=list[RoomOut])
def list_rooms(work: Work, caller: Caller, paged: Paged) -> Sequence[Room]:
    """List the rooms by name."""
    return paged.page(places.rooms(work, caller.school_id, paged.wanted), lambda room: (room.name,))


@router.get("/rooms/{room_id}", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)])
def show_room(work: Work, caller: Caller, response: Response, room_id: UUID) -> RoomOut:
    """Show one room."""
    shown = service.show_room(work, caller, room_id)
    tell_tag(response, shown, RoomChange)
    return shown


@router.patch("/rooms/{room_id}", dependencies=[needs(Right.SCHOOL_WRITE)], responses=EDITS)
def change_room(
    work: Work, caller: Caller, response: Response, seen: IfMatch, room_id: UUID, change: RoomChange
) -> RoomOut:
    """Rename a room, or say in which building it is."""
    changed = service.change_room(work, caller, room_id, change, seen)
    tell_tag(response, changed, RoomChange)
    return changed


@router.delete(
    "/rooms/{room_id}", dependencies=[needs(Right.SCHOOL_WRITE)], status_code=HTTPStatus.NO_CONTENT
)
def remove_room(work: Work, caller: Caller, room_id: UUID) -> None:
    """Remove a room that has no camera and had no lesson."""
    service.remove_room(work, caller, room_id)


@router.post("/cameras", dependencies=[needs(Right.SCHOOL_WRITE)], status_code=HTTPStatus.CREATED)
def add_camera(work: Work, caller: Caller, runtime: Reach, camera: CameraIn) -> NewCamera:
    """Add a camera. Its key is in this answer and nowhere else: give it to the box as ADSUM_CAMERA_KEY."""
    added = service.add_camera(work, caller, runtime.vault, camera)
    tell_camera_after(work, runtime, added.id)
    return added


@router.get("/cameras", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)])
def list_cameras(work: Work, caller: Caller, paged: Paged) -> list[CameraOut]:
    """List the cameras by name, each with its last heartbeat, which is no change of the camera."""
    found = places.cameras(work, caller.school_id, paged.wanted)
    return [CameraOut.of(each) for each in paged.page(found, lambda record: (record.camera.name,))]


@router.get("/cameras/{camera_id}", dependencies=[needs(Right.SCHOOL_READ, own=Own.SHARED)])
def show_camera(work: Work, caller: Caller, response: Response, camera_id: UUID) -> CameraOut:
    """Show one camera with its last heartbeat."""
    shown = service.show_camera(work, caller, camera_id)
    tell_tag(response, shown, CameraChange)
    return shown


@router.patch("/cameras/{camera_id}", dependencies=[needs(Right.SCHOOL_WRITE)], responses=EDITS)
def change_camera(
    work: Work,
    caller: Caller,
    runtime: Reach,
    response: Response,
    seen: IfMatch,
    camera_id: UUID,
    change: CameraChange,
) -> CameraOut:
    """Rename or move a camera, make it the default, or revoke it."""
    tell_camera_after(work, runtime, camera_id)
    if change.revoked:
        cut_off_after(work, runtime, camera_id)
    changed = service.change_camera(work, caller, camera_id, change, seen)
    tell_tag(response, changed, CameraChange)
    return changed
