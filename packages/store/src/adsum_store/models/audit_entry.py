"""Audit entries: who did what to whom, each chained to the one before; a trigger lets nobody change one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base


class AuditEntry(Base):
    """`hash` as in `audit_chain.hash_of`; `before` is that of the school's entry before, and unique, so that
    the chain never forks. No names: `actor` is a caller's key, `subject_id` an id."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("school_id", "before"),
        Index("ix_audit_entries_school", "school_id", "id"),
        Index("ix_audit_entries_action", "school_id", "action", "id"),
        Index("ix_audit_entries_at", "school_id", "at"),
        Index("ix_audit_entries_subject", "school_id", "subject_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"))
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    request_id: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    before: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
