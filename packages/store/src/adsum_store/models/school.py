"""Schools: every other row belongs to one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Base


class School(Base):
    """One school; `timezone` is the IANA zone its lessons and reports are read in.

    With `keep_enrolment_crops` the faces that templates are made from are kept for another model to look at.
    `known_elsewhere`: what a lesson is told of a face that is nobody's on its roster and somebody's of the
    school: `off` (never looked up), `without_name`, or `with_name`. `source_id` is its id in the system that
    rosters come from. `correction_days`: so many days after a lesson its teachers may still change
    its register.
    `status_codes`: its own codes for what marks say, the usual ones where none. `warn_after_lessons` and
    `warn_after_days`: so many missed in a row are worth a warning; 0 for never.
    """

    __tablename__ = "schools"
    __table_args__ = (
        CheckConstraint(
            "known_elsewhere IN ('off', 'without_name', 'with_name')", name="known_elsewhere_is_known"
        ),
        CheckConstraint(
            "jurisdiction IN ('unspecified', 'us-ny-k12', 'us-il', 'eu')", name="jurisdiction_is_known"
        ),
        CheckConstraint(
            "consent_rule IN ('one_parent', 'one_unopposed', 'every_parent')", name="consent_rule_is_known"
        ),
        CheckConstraint("erased_marks IN ('deleted', 'anonymised')", name="erased_marks_is_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    timezone: Mapped[str]
    district_id: Mapped[UUID | None] = mapped_column(ForeignKey("districts.id"))
    source_id: Mapped[str | None] = mapped_column(unique=True)
    allow_attested_consent: Mapped[bool] = mapped_column(server_default="true")
    keep_enrolment_crops: Mapped[bool] = mapped_column(server_default="false")
    known_elsewhere: Mapped[str] = mapped_column(server_default="without_name")
    status_codes: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    warn_after_lessons: Mapped[int] = mapped_column(server_default="5")
    warn_after_days: Mapped[int] = mapped_column(server_default="2")
    correction_days: Mapped[int] = mapped_column(server_default="14")
    erased_marks: Mapped[str] = mapped_column(server_default="deleted")
    """What becomes of the marks of a student who is erased."""
    retention_days: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    """How many days data of a kind is kept, where the school has set it."""
    consent_rule: Mapped[str] = mapped_column(server_default="one_unopposed")
    """Whose consent it takes: of one parent, of one while none refuses, or of every registered one."""
    jurisdiction: Mapped[str] = mapped_column(server_default="unspecified")
    """A key of `jurisdictions.LAWS`."""
    dpia_reference: Mapped[str | None]
    """Where its data protection impact assessment is filed."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
