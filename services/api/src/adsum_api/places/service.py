"""Rooms, and cameras with keys that are told once."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from adsum_api.contract.preconditions import Seen
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, NotFound
from adsum_api.places.schemas import CameraChange, CameraIn, CameraOut, NewCamera, RoomChange, RoomOut
from adsum_api.tree.editing import StillUsed
from adsum_contracts.sealing import KEY_BYTES
from adsum_store.models import Camera, Room
from adsum_store.repositories import places, tree
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork


class RoomNotFound(NotFound):
    """No room of this school has this id."""

    def __init__(self, room_id: UUID) -> None:
        super().__init__("room", room_id)


class CameraNotFound(NotFound):
    """No camera of this school has this id."""

    def __init__(self, camera_id: UUID) -> None:
        super().__init__("camera", camera_id)


class NoDefaultCamera(Conflict):
    """The original demo's routes have no camera to use."""

    def __init__(self) -> None:
        super().__init__(
            "this school has no default camera: add one with POST /v1/cameras and is_default=true, or name "
            "one in the field `camera`"
        )


class CameraRevoked(Conflict):
    """This camera is no longer listened to."""

    def __init__(self) -> None:
        super().__init__("this camera was revoked: add a new one with POST /v1/cameras")


def show_room(work: UnitOfWork, caller: Operator, room_id: UUID) -> RoomOut:
    """Return one room; raise `RoomNotFound`."""
    room = tree.get(work, Room, caller.school_id, room_id)
    if room is None:
        raise RoomNotFound(room_id)
    return RoomOut.model_validate(room)


def change_room(work: UnitOfWork, caller: Operator, room_id: UUID, change: RoomChange, seen: Seen) -> RoomOut:
    """Apply what `change` sets; raise `RoomNotFound` or `ChangedMeanwhile`."""
    room = tree.locked(work, Room, caller.school_id, room_id)
    if room is None:
        raise RoomNotFound(room_id)
    seen.check(RoomOut.model_validate(room), RoomChange)
    for name, value in change.changes().items():
        setattr(room, name, value)
    work.session.flush()
    return RoomOut.model_validate(room)


def remove_room(work: UnitOfWork, caller: Operator, room_id: UUID) -> None:
    """Delete a room; raise `RoomNotFound` or `StillUsed`."""
    room = tree.get(work, Room, caller.school_id, room_id)
    if room is None:
        raise RoomNotFound(room_id)
    try:
        tree.remove(work, room)
    except IntegrityError as error:
        raise StillUsed("room") from error


def add_camera(work: UnitOfWork, caller: Operator, vault: Vault, new: CameraIn) -> NewCamera:
    """Store a camera with a fresh key, sealed; the answer alone has it in the clear."""
    key = secrets.token_bytes(KEY_BYTES)
    camera = places.add_camera(
        work,
        Camera(
            school_id=caller.school_id,
            name=new.name,
            room_id=new.room_id,
            is_default=new.is_default,
            key_sealed=vault.seal(key),
        ),
    )
    return NewCamera(id=camera.id, key=urlsafe_b64encode(key).decode(), **new.model_dump())


def change_camera(
    work: UnitOfWork, caller: Operator, camera_id: UUID, change: CameraChange, seen: Seen
) -> CameraOut:
    """Apply what `change` sets; raise `CameraNotFound`, `ChangedMeanwhile` or `CameraRevoked`."""
    _get(work, caller, camera_id)
    camera = places.locked_camera(work, camera_id)
    if camera is None:
        raise CameraNotFound(camera_id)
    seen.check(show_camera(work, caller, camera_id), CameraChange)
    if camera.revoked:
        raise CameraRevoked
    if change.is_default:
        places.make_default(work, camera)
    for name, value in change.model_dump(exclude_none=True).items():
        setattr(camera, name, value)
    work.session.flush()
    return show_camera(work, caller, camera_id)


def show_camera(work: UnitOfWork, caller: Operator, camera_id: UUID) -> CameraOut:
    """Return one camera; raise `CameraNotFound`."""
    record = places.camera_record(work, caller.school_id, camera_id)
    if record is None:
        raise CameraNotFound(camera_id)
    return CameraOut.of(record)


def chosen_or_default(work: UnitOfWork, caller: Operator, camera_id: UUID | None) -> Camera:
    """Return the camera that an original route uses.

    Raises `CameraNotFound`, `NoDefaultCamera` or `CameraRevoked`.
    """
    camera = _default(work, caller) if camera_id is None else _get(work, caller, camera_id)
    if camera.revoked:
        raise CameraRevoked
    return camera


def _get(work: UnitOfWork, caller: Operator, camera_id: UUID) -> Camera:
    camera = places.camera(work, caller.school_id, camera_id)
    if camera is None:
        raise CameraNotFound(camera_id)
    return camera


def _default(work: UnitOfWork, caller: Operator) -> Camera:
    camera = places.default_camera(work, caller.school_id)
    if camera is None:
        raise NoDefaultCamera
    return camera
