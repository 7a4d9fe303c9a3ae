"""Register signings: who finalised a lesson's register, or opened it again, and why."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base


class RegisterSigning(Base):
    """`act`: finalised or reopened; `source`: teacher or office. Rows are never changed; whether the register
    is final now stands in its lesson."""

    __tablename__ = "register_signings"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "lesson_id"], ["lessons.school_id", "lessons.id"]),
        CheckConstraint("act IN ('finalised', 'reopened')", name="act_is_known"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    lesson_id: Mapped[UUID] = mapped_column(index=True)
    act: Mapped[str]
    actor: Mapped[str]
    source: Mapped[str]
    reason: Mapped[str | None]
    signed_at: Mapped[datetime]
