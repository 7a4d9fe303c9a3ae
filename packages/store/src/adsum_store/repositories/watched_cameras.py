"""Cameras as the recognizer sees them: whose streams to read, and with which key they sign. Read only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from adsum_store.models import Camera, CameraAdmission


def unrevoked_ids(session: Session) -> Sequence[UUID]:
    """Return every camera that may still speak, in a fixed order."""
    return session.scalars(select(Camera.id).where(~Camera.revoked).order_by(Camera.id)).all()


def unrevoked(session: Session, camera_ids: Collection[UUID]) -> dict[UUID, Camera]:
    """Return those of these cameras that may still speak, by id."""
    cameras = session.scalars(select(Camera).where(Camera.id.in_(camera_ids), ~Camera.revoked))
    return {camera.id: camera for camera in cameras}


def spare_keys(session: Session, camera_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Return the sealed second keys of those of these cameras that are moving over to another, by id.

    The next key holds from when it was offered, the previous one until its time is over.
    """
    rows = session.execute(
        select(CameraAdmission.camera_id, CameraAdmission.spare_key_sealed).where(
            CameraAdmission.camera_id.in_(camera_ids),
            CameraAdmission.spare_key_sealed.is_not(None),
            or_(CameraAdmission.spare_phase == "next", CameraAdmission.spare_until > func.now()),
        )
    )
    return {camera_id: sealed for camera_id, sealed in rows if sealed is not None}
