"""The outbox: what open pages, webhooks and exports still have to be told, written with its cause."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base


class OutboxMessage(Base):
    """`id` gives the order; `key` names what the message is about (a lesson's id) and is unique with
    `dedupe_key`, so that a cause is told once."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("school_id", "topic", "dedupe_key"),
        Index("ix_outbox_topic_key", "school_id", "topic", "key", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"))
    topic: Mapped[str]
    key: Mapped[str]
    dedupe_key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
