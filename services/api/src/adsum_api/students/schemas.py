"""Students and consents, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from adsum_api.texts import Name, Number
from adsum_store.repositories.students import StudentRecord

Basis = Literal["guardian", "self", "attested_by_operator"]
"""Who agreed: a guardian, the student, or the operator who vouches that one of them did."""


class ConsentIn(BaseModel):
    """`given_by` names whoever gave it, or vouches for it."""

    model_config = ConfigDict(extra="forbid")

    basis: Basis
    given_by: Name


class ConsentOut(BaseModel):
    """An active consent."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    basis: str
    given_by: str
    granted_at: datetime


class StudentIn(BaseModel):
    """A new student; without a consent nobody can enrol their face."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    name: Name
    consent: ConsentIn | None = None


class StudentChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name


class StudentOut(BaseModel):
    """`templates`: how many pictures of this face are enrolled."""

    id: UUID
    number: str
    name: str
    consent: ConsentOut | None
    templates: int

    @classmethod
    def of(cls, record: StudentRecord) -> StudentOut:
        """Show a stored student."""
        student, consent = record.student, record.consent
        return cls(
            id=student.id,
            number=student.number,
            name=student.name,
            consent=None if consent is None else ConsentOut.model_validate(consent),
            templates=record.templates,
        )


class Receipt(BaseModel):
    """What a withdrawal deleted, at once and for good."""

    consent_id: UUID
    student_id: UUID
    withdrawn_at: datetime
    templates_deleted: int
    crops_deleted: int
    photos_deleted: int
    jobs_stopped: int
