"""Rooms and cameras, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from adsum_api.texts import Name
from adsum_api.tree.editing import Change
from adsum_store.repositories.places import CameraRecord


class RoomIn(BaseModel):
    """A new room."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    building_id: UUID | None = None


class RoomChange(Change):
    """What is left out stays as it is; a `building_id` of null is taken away."""

    MAY_BE_MISSING: ClassVar[frozenset[str]] = frozenset({"building_id"})

    name: Name | None = None
    building_id: UUID | None = None


class RoomOut(BaseModel):
    """A room, and the building it is in."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    building_id: UUID | None


class CameraIn(BaseModel):
    """A new camera; the default one serves the original demo's routes."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    room_id: UUID
    is_default: bool = False


class CameraChange(BaseModel):
    """What is left out stays as it is; a revoked camera is not listened to, and cannot come back."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    room_id: UUID | None = None
    is_default: bool | None = None
    revoked: bool | None = None


class NewCamera(BaseModel):
    """A camera that was just added. `key` (32 bytes, urlsafe base64) is told this one time."""

    id: UUID
    name: str
    room_id: UUID
    is_default: bool
    key: str


class HeartbeatOut(BaseModel):
    """What the camera last said: `watching`, `no_signal` or `capacity_limited`, and what its spool holds."""

    model_config = ConfigDict(from_attributes=True)

    state: str
    at: datetime
    spool_depth: int


class CameraOut(BaseModel):
    """A camera, and its last sign of life if it ever gave one."""

    id: UUID
    name: str
    room_id: UUID
    is_default: bool
    revoked: bool
    heartbeat: HeartbeatOut | None

    @classmethod
    def of(cls, record: CameraRecord) -> CameraOut:
        """Show a stored camera."""
        camera, heartbeat = record.camera, record.heartbeat
        return cls(
            id=camera.id,
            name=camera.name,
            room_id=camera.room_id,
            is_default=camera.is_default,
            revoked=camera.revoked,
            heartbeat=None if heartbeat is None else HeartbeatOut.model_validate(heartbeat),
        )
