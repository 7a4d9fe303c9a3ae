"""Consent words: what each parent, and the student, said of face recognition, in their own order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class ConsentWord(Row):
    """One giver's consent, withdrawal or refusal. The last one of each counts; `Consent` is what follows.

    A trigger refuses to change a word, except that a consent may end sooner.
    """

    __tablename__ = "consent_words"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["school_id", "student_id", "guardian_id"],
            ["guardians.school_id", "guardians.student_id", "guardians.id"],
            name="fk_consent_words_guardian",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["school_id", "text_id"], ["consent_texts.school_id", "consent_texts.id"]),
        CheckConstraint("says IN ('given', 'withdrawn', 'refused')", name="says_is_known"),
        CheckConstraint("NOT by_student OR guardian_id IS NULL", name="one_giver"),
        Index("ix_consent_words_student", "student_id", "said_at", "number"),
    )

    number: Mapped[int] = mapped_column(BigInteger, Identity())
    """Which of two words of one instant came last."""
    student_id: Mapped[UUID]
    guardian_id: Mapped[UUID | None]
    by_student: Mapped[bool]
    """Neither a guardian nor the student: somebody whom the school has not registered."""
    says: Mapped[str]
    said_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    basis: Mapped[str | None]
    given_by: Mapped[str]
    relation: Mapped[str | None]
    method: Mapped[str | None]
    text_id: Mapped[UUID | None]
    recorded_by: Mapped[str]
    """The key of whoever wrote it down."""
