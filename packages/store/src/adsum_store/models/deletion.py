"""Deletions: that a row is gone, and nothing of what it said."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base


class Deletion(Base):
    """Written by the database itself (trigger `bury`) for each row that somebody may keep a copy of."""

    __tablename__ = "deletions"
    __table_args__ = (
        Index("ix_deletions_time", "school_id", "deleted_at", "id"),
        Index("ix_deletions_deleted_at", "deleted_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"))
    kind: Mapped[str]
    row_id: Mapped[UUID]
    deleted_at: Mapped[datetime] = mapped_column(server_default=func.now())
