"""Students and consents, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from adsum_api.contract.paging import storable
from adsum_api.texts import Name, Number
from adsum_store.repositories.students import StudentRecord

Basis = Literal["guardian", "self", "attested_by_operator"]
"""Who agreed: a guardian, the student, or the operator who vouches that one of them did."""


Relation = Literal["parent", "guardian", "self", "school_authority"]
Method = Literal["paper", "web", "verbal", "attested"]
Moment = Annotated[AwareDatetime, AfterValidator(storable)]


class ConsentIn(BaseModel):
    """`given_by` names whoever gave it, or vouches for it, `relation` what they are to the student; it ends
    at `expires_at`, if given. `text_id`: which words they agreed to; `given_at`: when, now where it is left
    out."""

    model_config = ConfigDict(extra="forbid")

    basis: Basis
    given_by: Name
    relation: Relation | None = None
    method: Method | None = None
    given_at: Moment | None = None
    expires_at: Moment | None = None
    text_id: UUID | None = None


class ConsentOut(BaseModel):
    """An active consent."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    basis: str
    given_by: str
    relation: str | None
    method: str | None
    purpose: str
    granted_at: datetime
    expires_at: datetime | None
    text_id: UUID | None


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
    """`templates`: how many pictures of this face are enrolled; `refuses_since`: since when the student does
    not want to be recognised, whoever consented."""

    id: UUID
    number: str
    name: str
    consent: ConsentOut | None
    refuses_since: datetime | None
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
            refuses_since=student.refuses_since,
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
