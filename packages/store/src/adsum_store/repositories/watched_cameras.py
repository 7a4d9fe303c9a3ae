"""Cameras as the recognizer sees them: whose streams to read, and with which key they sign. Read only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from adsum_store.models import Camera


def unrevoked_ids(session: Session) -> Sequence[UUID]:
    """Return every camera that may still speak, in a fixed order."""
    return session.scalars(select(Camera.id).where(~Camera.revoked).order_by(Camera.id)).all()


def unrevoked(session: Session, camera_ids: Collection[UUID]) -> dict[UUID, Camera]:
    """Return those of these cameras that may still speak, by id."""
    cameras = session.scalars(select(Camera).where(Camera.id.in_(camera_ids), ~Camera.revoked))
    return {camera.id: camera for camera in cameras}
