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
    """`key` names what the message is about (a lesson's id) and is unique with `dedupe_key`, so that a cause
    is told once. `sequence` numbers what is told of one key, from 1 on and without a gap, in the order of
    commits; see `OutboxStream`."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("school_id", "topic", "dedupe_key"),
        UniqueConstraint("school_id", "topic", "key", "sequence"),
        Index("ix_outbox_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"))
    topic: Mapped[str]
    key: Mapped[str]
    sequence: Mapped[int] = mapped_column(BigInteger)
    dedupe_key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class OutboxStream(Base):
    """How far the telling of one key has come. Whoever tells on holds this row until the commit, so that the
    next number is given only after the last one can be read, or was taken back. Messages expire, it stays."""

    __tablename__ = "outbox_streams"

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    newest: Mapped[int] = mapped_column(BigInteger, server_default="0")
