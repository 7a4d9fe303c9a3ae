"""Templates: one embedding of one student by one model. Written by the recognizer alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base

DIMENSIONS = 512
"""Every model's vector is stored with 512 numbers; a shorter one is padded with zeros, which leaves its
cosine to others of its model unchanged."""

PARTITIONS = 8


class Template(Base):
    """A unit vector of 512 numbers; hash-partitioned by school, so one school never slows another."""

    __tablename__ = "templates"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "student_id", "consent_id", "consent_active"],
            ["consents.school_id", "consents.student_id", "consents.id", "consents.active"],
            name="fk_templates_consent",
            ondelete="CASCADE",
        ),
        CheckConstraint("consent_active", name="consent_is_active"),
        UniqueConstraint("school_id", "student_id", "model_id", "source_key"),
        Index("ix_templates_gallery", "school_id", "model_id", "student_id"),
        {"postgresql_partition_by": "HASH (school_id)"},
    )

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    student_id: Mapped[UUID]
    consent_id: Mapped[UUID]
    consent_active: Mapped[bool] = mapped_column(server_default="true")
    model_id: Mapped[str]
    embedding: Mapped[Sequence[float]] = mapped_column(VECTOR(DIMENSIONS))
    """Written as an array of NumPy's or a list, read as a list: whoever reads no vector needs no NumPy."""
    quality: Mapped[float]
    source: Mapped[str]
    pose: Mapped[str | None]
    """Which way the face was asked to look, where it was."""
    source_key: Mapped[str]
    """What it was made from (`job:index`, or a hash): a repeated task changes nothing."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
