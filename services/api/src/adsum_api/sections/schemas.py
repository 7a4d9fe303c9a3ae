"""Sections and their members, in and out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from adsum_api.texts import Name
from adsum_api.tree.editing import Change
from adsum_store.models import Section, StaffAssignment, StaffMember
from adsum_store.repositories.sections import Member

Grace = Annotated[int, Field(ge=0, le=86_400)]
"""Seconds after a lesson's start, from which an arrival is late."""

Terms = Annotated[list[UUID], Field(max_length=50)]


class SectionIn(BaseModel):
    """A new section. `late_after_s`: seconds after a lesson's start from which an arrival is late; `room_id`:
    where it is usually taught."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    late_after_s: Grace = 300
    code: Name | None = None
    course_id: UUID | None = None
    room_id: UUID | None = None
    term_ids: Terms = Field(default_factory=list)


class SectionChange(Change):
    """What is left out stays as it is; null takes a `code`, `course_id` or `room_id` away. Of a section that
    rosters bring, only `late_after_s` and `room_id` can be set here. A new `late_after_s` holds for lessons
    that are made from now on."""

    MAY_BE_MISSING: ClassVar[frozenset[str]] = frozenset({"code", "course_id", "room_id"})

    name: Name | None = None
    late_after_s: Grace | None = None
    code: Name | None = None
    course_id: UUID | None = None
    room_id: UUID | None = None
    term_ids: Terms | None = None


class SectionOut(BaseModel):
    """A section. `source_id`: its id in the school system that brought it; `removed_on`: the day from which
    that no longer had it."""

    id: UUID
    name: str
    late_after_s: int
    code: str | None
    course_id: UUID | None
    room_id: UUID | None
    term_ids: list[UUID]
    source_id: str | None
    removed_on: date | None

    @classmethod
    def of(cls, section: Section, term_ids: Sequence[UUID]) -> SectionOut:
        """Show a stored section."""
        facts = {name: getattr(section, name) for name in cls.model_fields if name != "term_ids"}
        return cls(**facts, term_ids=list(term_ids))


class MembershipIn(BaseModel):
    """From which day to which, both included; without an end until further notice."""

    model_config = ConfigDict(extra="forbid")

    starts_on: date
    ends_on: date | None = None


class MembershipOut(BaseModel):
    """A student's days in a section."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    section_id: UUID
    student_id: UUID
    starts_on: date
    ends_on: date | None


class MemberOut(BaseModel):
    """A student on the roster; `id` is the membership's."""

    id: UUID
    student_id: UUID
    number: str
    name: str
    starts_on: date
    ends_on: date | None

    @classmethod
    def of(cls, member: Member) -> MemberOut:
        """Show a stored member."""
        return cls(
            id=member.id,
            student_id=member.student.id,
            number=member.student.number,
            name=member.student.name,
            starts_on=member.starts_on,
            ends_on=member.ends_on,
        )


class AssignmentIn(BaseModel):
    """In which role, and from which day to which, both included; without an end until further notice."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["teacher", "proctor", "administrator"] = "teacher"
    is_primary: bool = False
    starts_on: date
    ends_on: date | None = None


class AssignmentOut(BaseModel):
    """A member of staff's days with a section."""

    id: UUID
    staff_id: UUID
    name: str
    role: str
    is_primary: bool
    starts_on: date
    ends_on: date | None

    @classmethod
    def of(cls, assignment: StaffAssignment, member: StaffMember) -> AssignmentOut:
        """Show a stored assignment."""
        facts = {name: getattr(assignment, name) for name in cls.model_fields if name != "name"}
        return cls(**facts, name=member.name)
