"""Rooms, and the cameras in them with their last sign of life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select, true, update
from sqlalchemy.orm import aliased

from adsum_store.models import Camera, CameraHeartbeat, Room
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CameraRecord:
    """A camera, and its latest heartbeat if it ever spoke."""

    camera: Camera
    heartbeat: CameraHeartbeat | None


def add_room(work: UnitOfWork, school_id: UUID, name: str, building_id: UUID | None = None) -> Room:
    """Store a room; raise `IntegrityError` (uq_rooms_school_id_name) when the name is taken."""
    room = Room(school_id=school_id, name=name, building_id=building_id)
    work.session.add(room)
    work.session.flush()
    return room


def rooms(work: UnitOfWork, school_id: UUID, wanted: PageWanted = EVERYTHING) -> Sequence[Room]:
    """Return the school's rooms by name."""
    query = select(Room).where(Room.school_id == school_id)
    return work.session.scalars(narrowed(query, wanted, [Room.name], Room.updated_at.expression)).all()


def add_camera(work: UnitOfWork, camera: Camera) -> Camera:
    """Store a camera; as the default it takes the place of the one before.

    Raises `IntegrityError`: uq_cameras_school_id_name or fk_cameras_school_id_room_id.
    """
    if camera.is_default:
        _no_default(work, camera.school_id)
    work.session.add(camera)
    work.session.flush()
    return camera


def make_default(work: UnitOfWork, camera: Camera) -> None:
    """Let the original demo's routes use this camera."""
    _no_default(work, camera.school_id)
    camera.is_default = True
    work.session.flush()


def camera(work: UnitOfWork, school_id: UUID, camera_id: UUID) -> Camera | None:
    """Return the camera of this school."""
    return work.session.scalar(select(Camera).where(Camera.school_id == school_id, Camera.id == camera_id))


def cameras_in(work: UnitOfWork, room_id: UUID) -> Sequence[UUID]:
    """Return the ids of the room's cameras that may still speak."""
    query = select(Camera.id).where(Camera.room_id == room_id, ~Camera.revoked).order_by(Camera.id)
    return work.session.scalars(query).all()


def unrevoked_ids(work: UnitOfWork) -> Sequence[UUID]:
    """Return the ids of every school's cameras that may still speak."""
    return work.session.scalars(select(Camera.id).where(~Camera.revoked).order_by(Camera.id)).all()


def locked_camera(work: UnitOfWork, camera_id: UUID) -> Camera | None:
    """Return the camera, which nobody else can change before this transaction ends; rows that only refer
    to it can be written meanwhile."""
    query = select(Camera).where(Camera.id == camera_id).with_for_update(key_share=True)
    return work.session.scalar(query, execution_options={"populate_existing": True})


def newest_spool(work: UnitOfWork, camera_id: UUID) -> UUID | None:
    """Return the spool from which the camera last spoke."""
    query = select(CameraHeartbeat.spool_id).where(CameraHeartbeat.camera_id == camera_id)
    return work.session.scalar(query.order_by(CameraHeartbeat.at.desc()).limit(1))


def default_camera(work: UnitOfWork, school_id: UUID) -> Camera | None:
    """Return the camera that the original demo's routes use."""
    return work.session.scalar(select(Camera).where(Camera.school_id == school_id, Camera.is_default))


def camera_record(work: UnitOfWork, school_id: UUID, camera_id: UUID) -> CameraRecord | None:
    """Return the camera of this school with its latest heartbeat."""
    row = work.session.execute(_records(school_id).where(Camera.id == camera_id)).one_or_none()
    return None if row is None else CameraRecord(*row)


def cameras(work: UnitOfWork, school_id: UUID, wanted: PageWanted = EVERYTHING) -> Sequence[CameraRecord]:
    """Return the school's cameras by name, each with its latest heartbeat."""
    query = narrowed(_records(school_id), wanted, [Camera.name], Camera.updated_at.expression)
    return [CameraRecord(*row) for row in work.session.execute(query)]


def _records(school_id: UUID) -> Select[Camera, CameraHeartbeat | None]:
    latest = aliased(
        CameraHeartbeat,
        select(CameraHeartbeat)
        .where(CameraHeartbeat.camera_id == Camera.id)
        .order_by(CameraHeartbeat.at.desc())
        .limit(1)
        .correlate(Camera)
        .lateral("latest"),
    )
    return select(Camera, latest).outerjoin(latest, true()).where(Camera.school_id == school_id)


def _no_default(work: UnitOfWork, school_id: UUID) -> None:
    work.session.execute(
        update(Camera).where(Camera.school_id == school_id, Camera.is_default).values(is_default=False)
    )
