"""Accounts: people who sign in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from adsum_store.models.base import Row


class Account(Row):
    """Somebody with a `role` at the school; `username` is unique in the installation and never changes.

    `password` is an Argon2id hash in PHC form; None for who cannot sign in yet. A teacher is a member of
    staff, whose assignments say which sections are theirs.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "staff_id"], ["staff.school_id", "staff.id"]),
        UniqueConstraint("school_id", "id"),
        CheckConstraint("role IN ('admin', 'office', 'teacher', 'auditor')", name="role_is_known"),
        CheckConstraint("role <> 'teacher' OR staff_id IS NOT NULL", name="a_teacher_is_staff"),
        Index("ix_accounts_email", text("lower(email)")),
        Index("uq_accounts_username", text("lower(username)"), unique=True),
    )

    username: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    role: Mapped[str]
    password: Mapped[str | None]
    staff_id: Mapped[UUID | None]
    disabled_at: Mapped[datetime | None]
