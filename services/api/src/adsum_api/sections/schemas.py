"""Sections and their members, in and out."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from adsum_api.texts import Name
from adsum_store.repositories.sections import Member


class SectionIn(BaseModel):
    """A new section; `late_after_s` seconds after a lesson's start an arrival is late."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    late_after_s: Annotated[int, Field(ge=0, le=86_400)] = 300


class SectionOut(BaseModel):
    """A section."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    late_after_s: int


class MembershipIn(BaseModel):
    """From which day to which, both included; without an end until further notice."""

    model_config = ConfigDict(extra="forbid")

    starts_on: date
    ends_on: date | None = None


class MembershipOut(BaseModel):
    """A student's days in a section."""

    model_config = ConfigDict(from_attributes=True)

    section_id: UUID
    student_id: UUID
    starts_on: date
    ends_on: date | None


class MemberOut(BaseModel):
    """A student on the roster."""

    student_id: UUID
    number: str
    name: str
    starts_on: date
    ends_on: date | None

    @classmethod
    def of(cls, member: Member) -> MemberOut:
        """Show a stored member."""
        return cls(
            student_id=member.student.id,
            number=member.student.number,
            name=member.student.name,
            starts_on=member.starts_on,
            ends_on=member.ends_on,
        )
