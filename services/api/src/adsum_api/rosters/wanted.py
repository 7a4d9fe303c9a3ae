"""From OneRoster's records to the roster of one school: who is who, and what refers to nothing. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from adsum_api.rosters import layout, records
from adsum_api.rosters.families import relations_of, wanted_families
from adsum_api.rosters.faults import BadCell, BadRoster, Fault
from adsum_api.rosters.naming import Taken, owners_of, section_name, student_number
from adsum_api.rosters.records import Received, Sheet
from adsum_api.rosters.roster import (
    Course,
    Entry,
    Membership,
    Roster,
    Section,
    StaffMember,
    Student,
    Term,
    Wanted,
    WantedRoster,
)

SCHOOL: Final = "school"
DISTRICT: Final = "district"
NAMED: Final = 5
"""So many schools are named in a refusal."""

E = TypeVar("E", bound=Entry)
R = TypeVar("R")


def school_of(received: Received, named: str | None, remembered: str | None) -> str:
    """Return the sourcedId of the school to import: the one named, the one of last time, or the only one.

    Raises `BadRoster` where that cannot be told.
    """
    found = [key for key, filed in received.orgs.records.items() if filed.record.type == SCHOOL]
    some = ", ".join(sorted(found)[:NAMED]) or "none"
    wanted = named or remembered
    if wanted is not None:
        if found and wanted not in found:
            raise BadRoster(f"{layout.ORGS} has no school {wanted!r}; it has {some}")
        return wanted
    if len(found) != 1:
        raise BadRoster(f"{layout.ORGS} has {len(found)} schools ({some}): say which by its sourcedId")
    return found[0]


def district_of(received: Received, school: str) -> tuple[str, str] | None:
    """Return the sourcedId and the name of the nearest district above the school, if the file has both."""
    orgs, seen, org = received.orgs.records, set[str](), school
    while (filed := orgs.get(org)) is not None and org not in seen:
        if filed.record.type == DISTRICT:
            return org, filed.record.name
        seen.add(org)
        org = filed.record.parent
    return None


def wanted_of(received: Received, school: str, known: Roster) -> WantedRoster:
    """Return what the zip wants of the school; what cannot be taken is added to the zip's faults."""
    sift = _Sift(received.faults)
    sessions_there = {*known.terms, *received.sessions.records}

    def term(source_id: str, row: records.Session) -> Term:
        return _term(source_id, row, sessions_there)

    terms = sift.entries(layout.SESSIONS, received.sessions, term)
    classes = _Classes.of(received, school, known, {*known.terms, *terms.entries})
    courses = sift.entries(layout.COURSES, received.courses, classes.course)
    sections = sift.entries(layout.CLASSES, received.classes, classes.section)
    students, staff = _people(received, school, known, sift)
    sections_there = {*known.sections, *sections.entries}
    people = _People({*known.students, *students.entries}, {*known.staff, *staff.entries})

    def membership(source_id: str, row: records.Enrollment) -> Membership:
        return _membership(source_id, row, school, sections_there, people)

    memberships = sift.entries(layout.ENROLLMENTS, received.enrollments, membership)
    families = wanted_families(received, people.students, known, sift.passed_over)
    first_days = dict(_first_days(known, terms, sections))
    passed_over = dict(sift.passed_over)
    return WantedRoster(
        terms, courses, sections, students, staff, memberships, families, first_days, passed_over
    )


def _term(source_id: str, row: records.Session, sessions: Container[str]) -> Term:
    parent = _there("parentSourcedId", row.parent, sessions) if row.parent else None
    return Term(source_id, row.title, row.type, row.starts_on, row.ends_on, row.school_year, parent)


class _NotOurs(Exception):  # noqa: N818 - a row that is right and concerns another school
    pass


@dataclass(frozen=True, slots=True)
class _Sift:
    """Parts the records of a file into entries, faults, and what concerns this school not."""

    faults: list[Fault]
    passed_over: Counter[str] = field(default_factory=Counter)

    def entries(self, file: str, sheet: Sheet[R], entry_of: Callable[[str, R], E]) -> Wanted[E]:
        """Return what the file wants; what concerns this school not is counted by reason."""
        found: dict[str, tuple[int, E]] = {}
        refused = set(sheet.refused)
        for source_id, filed in sheet.records.items():
            try:
                found[source_id] = filed.line, entry_of(source_id, filed.record)
            except _NotOurs as reason:
                self.passed_over[str(reason)] += 1
            except BadCell as error:
                refused.add(source_id)
                self.faults.append(Fault(file, filed.line, error.column, error.reason))
        return Wanted(sheet.complete, found, frozenset(sheet.removed), frozenset(refused))


@dataclass(frozen=True, slots=True)
class _Classes:
    """What the classes of the school refer to, and the names that they may have."""

    school: str
    terms: Container[str]
    courses: Container[str]
    used_courses: Container[str]
    names: Taken

    @classmethod
    def of(cls, received: Received, school: str, known: Roster, terms: Container[str]) -> _Classes:
        ours = (each.record for each in received.classes.records.values() if each.record.school == school)
        return cls(
            school=school,
            terms=terms,
            courses={*known.courses, *received.courses.records},
            used_courses={*known.courses, *(each.course for each in ours)},
            names=Taken(
                owners_of({key: each.entry.name for key, each in known.sections.items()}),
                known.sections,
                known.typed_sections,
            ),
        )

    def course(self, source_id: str, row: records.Course) -> Course:
        if source_id not in self.used_courses:
            raise _NotOurs("courses without a class of this school")
        return Course(source_id, row.title, row.code or None)

    def section(self, source_id: str, row: records.Class) -> Section:
        if row.school != self.school:
            raise _NotOurs("classes of other schools")
        course = _there("courseSourcedId", row.course, self.courses)
        terms = frozenset(_there("termSourcedIds", each, self.terms) for each in row.terms)
        name = section_name(source_id, row.title, row.code, self.names)
        return Section(source_id, name, row.code or None, course, terms, row.location or None)


@dataclass(frozen=True, slots=True)
class _People:
    students: Collection[str]
    staff: Collection[str]


def _people(
    received: Received, school: str, known: Roster, sift: _Sift
) -> tuple[Wanted[Student], Wanted[StaffMember]]:
    roles, family = _roles(received, school, known), relations_of(received, known)
    numbers = Taken(
        owners_of({key: each.entry.number for key, each in known.students.items()}),
        known.students,
        known.typed_students,
    )

    def student(source_id: str, row: records.User) -> Student:
        if not (roles[source_id] or source_id in family):
            raise _NotOurs("users without a role at this school")
        if records.STUDENT not in roles[source_id]:
            raise _NotOurs("")
        name = f"{row.given_name} {row.family_name}"
        return Student(source_id, student_number(source_id, row.identifier, row.username, numbers), name)

    def member(source_id: str, row: records.User) -> StaffMember:
        if not roles[source_id] & records.STAFF_ROLES:
            raise _NotOurs("")
        name = f"{row.given_name} {row.family_name}"
        return StaffMember(source_id, name, row.username, row.email or None)

    students = sift.entries(layout.USERS, received.users, student)
    staff = sift.entries(layout.USERS, received.users, member)
    del sift.passed_over[""]  # a teacher or parent is no student: that concerns nobody
    left = _left(received, school)
    return _leaving(students, left[True], received), _leaving(staff, left[False], received)


def _roles(received: Received, school: str, known: Roster) -> Mapping[str, set[str]]:
    """Return who each user is at the school; whom a delta says nothing of stays what they were."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for source_id, filed in received.users.records.items():
        if school in filed.record.orgs:
            found[source_id].add(filed.record.role)
    for role in received.roles.records.values():
        if role.record.org == school:
            found[role.record.user].add(role.record.role)
    if received.version == "1.2" and not received.roles.complete:
        for source_id in received.users.records.keys() - found.keys():
            found[source_id] |= _kept_roles(source_id, received, known)
    return found


def _kept_roles(user: str, received: Received, known: Roster) -> set[str]:
    gone = {role.record.role for role in received.roles.removed.values() if role.record.user == user}
    held = {records.STUDENT} if user in known.students else set()
    return (held | ({"teacher"} if user in known.staff else set())) - gone


def _left(received: Received, school: str) -> Mapping[bool, frozenset[str]]:
    """Return whom a delta takes a role of this school from: students (True) and staff (False)."""
    active = {
        (each.record.user, each.record.role == records.STUDENT)
        for each in received.roles.records.values()
        if each.record.org == school
    }
    gone = {
        (each.record.user, each.record.role == records.STUDENT)
        for each in received.roles.removed.values()
        if each.record.org == school
    }
    return {
        kind: frozenset(user for user, is_student in gone - active if is_student is kind)
        for kind in (True, False)
    }


def _leaving(people: Wanted[E], left: frozenset[str], received: Received) -> Wanted[E]:
    """Without every role read, nobody is missing: a role that was refused could be theirs."""
    roles_known = received.version == "1.1" or (received.roles.complete and not received.roles.refused)
    entries = {key: each for key, each in people.entries.items() if key not in left}
    return Wanted(people.complete and roles_known, entries, people.removed | left, people.refused)


def _membership(
    source_id: str, row: records.Enrollment, school: str, sections: Container[str], people: _People
) -> Membership:
    if row.school != school:
        raise _NotOurs("enrollments of other schools")
    is_student = row.role == records.STUDENT
    if row.user not in (people.students if is_student else people.staff):
        raise BadCell(
            "userSourcedId", f"{row.user!r} is no {'student' if is_student else 'staff'} of this school"
        )
    section = _there("classSourcedId", row.class_, sections)
    return Membership(
        source_id, section, row.user, row.role, row.is_primary and not is_student, row.begins_on, row.ends_on
    )


def _there(column: str, source_id: str, known: Container[str]) -> str:
    if source_id not in known:
        raise BadCell(column, f"refers to {source_id!r}, which is not there")
    return source_id


def _first_days(known: Roster, terms: Wanted[Term], sections: Wanted[Section]) -> Iterable[tuple[str, date]]:
    starts = {key: each.entry.starts_on for key, each in known.terms.items()}
    starts |= {key: each.starts_on for key, (_, each) in terms.entries.items()}
    taught = {key: each.entry.terms for key, each in known.sections.items()}
    taught |= {key: each.terms for key, (_, each) in sections.entries.items()}
    for section, its_terms in taught.items():
        if days := [starts[term] for term in its_terms if term in starts]:
            yield section, min(days)
