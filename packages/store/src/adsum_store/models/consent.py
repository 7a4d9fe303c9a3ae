"""Consents: the precondition of every template, held by the database itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Consent(Row):
    """One permission to keep templates of one student; at most one is active at a time.

    A template references (school, student, consent, active): while it exists the consent cannot turn
    inactive, and while the consent row is locked for withdrawal no template can be added.
    """

    __tablename__ = "consents"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["school_id", "text_id"], ["consent_texts.school_id", "consent_texts.id"]),
        UniqueConstraint("school_id", "student_id", "id", "active"),
        Index(
            "uq_consents_one_active", "school_id", "student_id", unique=True, postgresql_where=text("active")
        ),
    )

    student_id: Mapped[UUID]
    active: Mapped[bool] = mapped_column(server_default="true")
    basis: Mapped[str]
    given_by: Mapped[str]
    relation: Mapped[str | None]
    """Whose word it is: of a parent, a guardian, the student, or an authority of the school."""
    method: Mapped[str | None]
    """How it was given: paper, web, verbal, or attested."""
    purpose: Mapped[str] = mapped_column(server_default="attendance")
    text_id: Mapped[UUID | None]
    """The words that were agreed to; none where nobody said which."""
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """From then on no template rests on it; the next run of retention ends it."""
    withdrawn_at: Mapped[datetime | None]
