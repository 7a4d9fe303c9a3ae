"""A school's roster as the record has it and as it is wanted: the same nouns, so that they compare. Pure.

What a school system gave is known by its `source_id` there; entries refer to each other by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from adsum_api.rosters.faults import Fault


@dataclass(frozen=True, slots=True)
class Term:
    """A part of the school year, both days included."""

    source_id: str
    title: str
    kind: str
    starts_on: date
    ends_on: date
    school_year: int | None
    parent: str | None


@dataclass(frozen=True, slots=True)
class Course:
    """What is taught."""

    source_id: str
    title: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Section:
    """Who is taught together; `room` is the usual one's name, None where nothing is said of it."""

    source_id: str
    name: str
    code: str | None
    course: str | None
    terms: frozenset[str]
    room: str | None


@dataclass(frozen=True, slots=True)
class Student:
    """A student."""

    source_id: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who works at the school."""

    source_id: str
    name: str
    username: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Guardianship:
    """Somebody is a student's parent or guardian; `relation` is "parent" or "guardian"."""

    guardian: str
    student: str
    name: str
    relation: str

    @property
    def pair(self) -> Kinship:
        """Whose parent, and who."""
        return self.student, self.guardian


Kinship = tuple[str, str]
"""Student, guardian."""


@dataclass(frozen=True, slots=True)
class KnownGuardian:
    """A parent of the record; `guardian` is None of one who was typed in. `ended`: a person removed them."""

    id: UUID
    guardian: str | None
    student: str
    name: str
    relation: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Families:
    """The parents of the record. `heard`: students of whose face somebody has spoken; `held`: those whose
    consent would end with one more parent, since the school asks each and all of theirs have consented."""

    guardians: Sequence[KnownGuardian] = ()
    heard: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


class Entry(Protocol):
    """What is known by the id that the school system gave it."""

    @property
    def source_id(self) -> str:
        """Its id there."""


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Known(Generic[E]):
    """An entry of the record; `gone`: the school system had it once, and no more."""

    id: UUID
    entry: E
    gone: bool


@dataclass(frozen=True, slots=True)
class Wanted(Generic[E]):
    """What a file wants of one kind: entries with the line each stands in, ids to remove, ids refused.

    With `complete`, whatever is known and neither named nor refused is to be removed as well.
    """

    complete: bool = False
    entries: Mapping[str, tuple[int, E]] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Membership:
    """A person belongs to a section in a role: from now on and for good, where no days are given."""

    source_id: str
    section: str
    person: str
    role: str
    is_primary: bool
    begins_on: date | None
    ends_on: date | None

    @property
    def pair(self) -> Pair:
        """Who belongs where, as what."""
        return self.section, self.person, self.role


Pair = tuple[str, str, str]
"""Section, person, role."""


@dataclass(frozen=True, slots=True)
class Span:
    """A membership of the record, both days included; a new one has no id yet, one typed in no source id."""

    id: UUID | None
    source_id: str | None
    pair: Pair
    is_primary: bool
    starts_on: date
    ends_on: date | None

    def lasts_to(self, day: date) -> bool:
        """Whether it is not over before `day`."""
        return self.ends_on is None or self.ends_on >= day

    def shares_days_with(self, other: Span) -> bool:
        """Whether there is a day that belongs to both."""
        return self.lasts_to(other.starts_on) and other.lasts_to(self.starts_on)


@dataclass(frozen=True, slots=True)
class Roster:
    """What the record has: by source id, and by name or number what was typed in and can be taken over."""

    terms: Mapping[str, Known[Term]] = field(default_factory=dict)
    courses: Mapping[str, Known[Course]] = field(default_factory=dict)
    sections: Mapping[str, Known[Section]] = field(default_factory=dict)
    students: Mapping[str, Known[Student]] = field(default_factory=dict)
    staff: Mapping[str, Known[StaffMember]] = field(default_factory=dict)
    spans: Sequence[Span] = ()
    typed_sections: Mapping[str, UUID] = field(default_factory=dict)
    typed_students: Mapping[str, UUID] = field(default_factory=dict)
    families: Families = field(default_factory=Families)


@dataclass(frozen=True, slots=True)
class WantedFamilies:
    """The parents whom a zip wants, each with the line that names them, and whom it names no longer, each
    with what to say of it where it cannot be."""

    guardianships: Mapping[Kinship, tuple[int, Guardianship]] = field(default_factory=dict)
    ends: Mapping[Kinship, Fault] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WantedRoster:
    """What a zip wants of one school.

    `first_days`: by section, the first day of its terms. `passed_over` counts the rows that do not concern
    the school, by reason.
    """

    terms: Wanted[Term]
    courses: Wanted[Course]
    sections: Wanted[Section]
    students: Wanted[Student]
    staff: Wanted[StaffMember]
    memberships: Wanted[Membership]
    families: WantedFamilies
    first_days: Mapping[str, date]
    passed_over: Mapping[str, int]
