"""Buildings, the rooms in them, and the cameras in those."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Building(Row):
    """A house of the school."""

    __tablename__ = "buildings"
    __table_args__ = (UniqueConstraint("school_id", "name"), UniqueConstraint("school_id", "id"))

    name: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Room(Row):
    """A place where lessons are held."""

    __tablename__ = "rooms"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "building_id"], ["buildings.school_id", "buildings.id"]),
        UniqueConstraint("school_id", "name"),
        UniqueConstraint("school_id", "id"),
    )

    name: Mapped[str]
    building_id: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Camera(Row):
    """A camera and the key it signs with, sealed; `is_default` is what the original demo's routes use."""

    __tablename__ = "cameras"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "room_id"], ["rooms.school_id", "rooms.id"]),
        UniqueConstraint("school_id", "name"),
        UniqueConstraint("school_id", "id"),
        Index("uq_cameras_one_default", "school_id", unique=True, postgresql_where=text("is_default")),
    )

    name: Mapped[str]
    room_id: Mapped[UUID] = mapped_column(index=True)
    key_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    revoked: Mapped[bool] = mapped_column(server_default="false")
    is_default: Mapped[bool] = mapped_column(server_default="false")
    told: Mapped[str | None]
    """What it was last told about the lessons to come, as a digest: it is told again when that changes."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
