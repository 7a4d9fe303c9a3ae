"""Enrolment crops: the faces that templates were made from, where a school keeps them. Written by the
recognizer alone."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class EnrolmentCrop(Row):
    """A face cut out of a picture that became a template, sealed, so that another model can look at it.

    It hangs on the consent as a template does: without an active one the database refuses it.
    `source_key` is the template's own.
    """

    __tablename__ = "enrolment_crops"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "student_id", "consent_id", "consent_active"],
            ["consents.school_id", "consents.student_id", "consents.id", "consents.active"],
            name="fk_enrolment_crops_consent",
            ondelete="CASCADE",
        ),
        CheckConstraint("consent_active", name="consent_is_active"),
        UniqueConstraint("school_id", "student_id", "source_key"),
        Index("ix_enrolment_crops_created_at", "created_at"),
    )

    student_id: Mapped[UUID]
    consent_id: Mapped[UUID]
    consent_active: Mapped[bool] = mapped_column(server_default="true")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Picture, box and landmarks, encrypted."""
    quality: Mapped[float]
    source: Mapped[str]
    pose: Mapped[str | None]
    source_key: Mapped[str]
