"""Join tokens, and what cameras that joined are let in by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from adsum_store.models import Camera, CameraAdmission, JoinToken, Room
from adsum_store.unit_of_work import UnitOfWork

Admitted = tuple[Camera, CameraAdmission]


def add_token(work: UnitOfWork, token: JoinToken) -> JoinToken:
    """Store a token."""
    work.session.add(token)
    work.session.flush()
    return token


def end_tokens(work: UnitOfWork, school_id: UUID, camera_ids: Collection[UUID], now: datetime) -> int:
    """End the unused tokens that speak of any of these cameras; return how many there were."""
    open_ones = (
        JoinToken.school_id == school_id,
        JoinToken.camera_ids.overlap(list(camera_ids)),
        JoinToken.used_at.is_(None),
        JoinToken.expires_at > now,
    )
    ended = work.session.execute(update(JoinToken).where(*open_ones).values(expires_at=now))
    return int(ended.rowcount)  # type: ignore[attr-defined]


def purge_tokens(work: UnitOfWork, before: datetime) -> None:
    """Delete the tokens that ended before this time."""
    work.session.execute(delete(JoinToken).where(JoinToken.expires_at < before))


def locked_token(work: UnitOfWork, token_sha256: bytes) -> JoinToken | None:
    """Return the token with this hash; nobody else can use it before this transaction ends."""
    return work.session.scalar(
        select(JoinToken).where(JoinToken.token_sha256 == token_sha256).with_for_update()
    )


def cameras(work: UnitOfWork, school_id: UUID, camera_ids: Collection[UUID]) -> Sequence[tuple[Camera, Room]]:
    """Return those of these cameras that may still speak, by name, with their rooms; nobody else can change
    the cameras before this transaction ends."""
    query = (
        select(Camera, Room)
        .join(Room, Room.id == Camera.room_id)
        .where(Camera.school_id == school_id, Camera.id.in_(camera_ids), ~Camera.revoked)
        .order_by(Camera.name)
        .with_for_update(of=Camera, key_share=True)
    )
    return [(camera, room) for camera, room in work.session.execute(query)]


def admission(work: UnitOfWork, camera_id: UUID) -> CameraAdmission | None:
    """Return how the camera is let in, if it ever joined."""
    return work.session.scalar(select(CameraAdmission).where(CameraAdmission.camera_id == camera_id))


def admit(work: UnitOfWork, camera: Camera, now: datetime) -> CameraAdmission:
    """Return the camera's admission, made now if there was none."""
    there = admission(work, camera.id)
    if there is None:
        there = CameraAdmission(school_id=camera.school_id, camera_id=camera.id, joined_at=now)
        work.session.add(there)
    return there


def locked(work: UnitOfWork, camera_id: UUID) -> Admitted | None:
    """Return a camera that joined, and how it is let in; nobody else can change either meanwhile."""
    query = (
        select(Camera, CameraAdmission)
        .join(CameraAdmission, CameraAdmission.camera_id == Camera.id)
        .where(Camera.id == camera_id)
        .with_for_update(of=Camera, key_share=True)
    )
    row = work.session.execute(query, execution_options={"populate_existing": True}).one_or_none()
    return None if row is None else (row[0], row[1])


def joined_ids(work: UnitOfWork) -> Sequence[UUID]:
    """Return the ids of every school's cameras that ever joined."""
    return work.session.scalars(select(CameraAdmission.camera_id).order_by(CameraAdmission.camera_id)).all()
