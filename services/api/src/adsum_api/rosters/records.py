"""OneRoster's rows as records: what each says, and which rows are refused. Pure but for the reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Generic, TypeVar

from adsum_api.rosters import layout
from adsum_api.rosters.archive import RosterZip
from adsum_api.rosters.faults import BadCell, Fault
from adsum_api.rosters.layout import Mode, Version
from adsum_api.rosters.manifest import Manifest, read_manifest
from adsum_api.rosters.sheets import Row, rows_of

Told = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""

TELL_EVERY: Final = 1000

ORG_TYPES: Final = frozenset({"department", "school", "district", "local", "state", "national"})
SESSION_TYPES: Final = frozenset({"gradingPeriod", "semester", "schoolYear", "term"})
CLASS_TYPES: Final = frozenset({"homeroom", "scheduled"})
STUDENT: Final = "student"
STAFF_ROLES: Final = frozenset({
    "administrator", "aide", "counselor", "districtAdministrator", "principal", "proctor",
    "siteAdministrator", "systemAdministrator", "teacher",
})  # fmt: skip
PARENT_ROLES: Final = frozenset({"guardian", "parent"})
RELATIVE: Final = "relative"
"""Somebody of the family who is neither parent nor guardian, and has no say in what becomes of a child."""

ROLES: Final = STAFF_ROLES | PARENT_ROLES | {RELATIVE, STUDENT}
ENROLLED_ROLES: Final = frozenset({"administrator", "proctor", STUDENT, "teacher"})


@dataclass(frozen=True, slots=True)
class Org:
    """A school, a district or what else there is."""

    name: str
    type: str
    parent: str


@dataclass(frozen=True, slots=True)
class Session:
    """A term; `ends_on` is its last day, where OneRoster's endDate is the day after."""

    title: str
    type: str
    starts_on: date
    ends_on: date
    parent: str
    school_year: int | None


@dataclass(frozen=True, slots=True)
class Course:
    """What is taught."""

    title: str
    code: str


@dataclass(frozen=True, slots=True)
class Class:
    """A section."""

    title: str
    code: str
    course: str
    location: str
    school: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class User:
    """A person; `role` and `orgs` are of version 1.1 alone. The password is never read.

    `agents`: a student's parents and others, or whom a parent is one of.
    """

    given_name: str
    family_name: str
    username: str
    identifier: str
    email: str
    role: str
    orgs: tuple[str, ...]
    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UserRole:
    """Who a user is at an org, in version 1.2."""

    user: str
    role: str
    org: str


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A user belongs to a class, from `begins_on` to `ends_on`, both included."""

    class_: str
    school: str
    user: str
    role: str
    is_primary: bool
    begins_on: date | None
    ends_on: date | None


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Filed(Generic[R]):
    """A record, and the line it stands in."""

    line: int
    record: R


@dataclass(slots=True)
class Sheet(Generic[R]):
    """What one file says: records by sourcedId, ids to be deleted, and ids whose rows were refused.

    A `complete` file names everything: what it does not name is no more.
    """

    complete: bool = False
    records: dict[str, Filed[R]] = field(default_factory=dict)
    removed: dict[str, Filed[R]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Received:
    """A whole zip, read; a file that is absent is an empty sheet that is not complete."""

    version: Version
    modes: Mapping[str, Mode]
    orgs: Sheet[Org]
    sessions: Sheet[Session]
    courses: Sheet[Course]
    classes: Sheet[Class]
    users: Sheet[User]
    roles: Sheet[UserRole]
    enrollments: Sheet[Enrollment]
    faults: list[Fault]


def read_zip(files: RosterZip, *, as_delta: bool = False, tell: Told = lambda *_: None) -> Received:
    """Read the files that make a roster; raise `BadRoster` where it cannot be told what they say.

    With `as_delta` no file counts as complete, so nothing is ended for not being named.
    """
    manifest, faults = read_manifest(files), list[Fault]()

    def sheet(name: str, record: Callable[[Row], R]) -> Sheet[R]:
        return _sheet(_Reading(files, manifest, name, faults, tell), record, as_delta=as_delta)

    return Received(
        version=manifest.version,
        modes=manifest.modes,
        orgs=sheet(layout.ORGS, _org),
        sessions=sheet(layout.SESSIONS, _session),
        courses=sheet(layout.COURSES, _course),
        classes=sheet(layout.CLASSES, _class),
        users=sheet(layout.USERS, _user_1_1 if manifest.version == "1.1" else _user_1_2),
        roles=sheet(layout.ROLES, _role),
        enrollments=sheet(layout.ENROLLMENTS, _enrollment),
        faults=faults,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    files: RosterZip
    manifest: Manifest
    name: str
    faults: list[Fault]
    tell: Told


def _sheet(reading: _Reading, record: Callable[[Row], R], *, as_delta: bool) -> Sheet[R]:
    mode = reading.manifest.modes.get(reading.name, "absent")
    if mode == "absent":
        return Sheet()
    found: Sheet[R] = Sheet(complete=mode == "bulk" and not as_delta)
    columns = layout.COLUMNS[reading.manifest.version][reading.name]
    size, done = reading.files.size(reading.name), 0
    for row in rows_of(reading.files, reading.name, columns, reading.faults):
        try:
            _file(found, row, record, mode)
        except BadCell as error:
            found.refused.add(row.cells[0].strip())
            reading.faults.append(Fault(reading.name, row.line, error.column, error.reason))
        done += sum(map(len, row.cells)) + len(row.cells)
        if row.line % TELL_EVERY == 0:
            reading.tell(f"Reading {reading.name}", done, size)
    return found


def _file(found: Sheet[R], row: Row, record: Callable[[Row], R], mode: Mode) -> None:
    source_id = row.needed("sourcedId")
    if source_id in found.records or source_id in found.removed:
        raise BadCell("sourcedId", "stands in an earlier line already")
    gone = _is_gone(row, mode)
    (found.removed if gone else found.records)[source_id] = Filed(row.line, record(row))


def _is_gone(row: Row, mode: Mode) -> bool:
    """Only a delta must say the status of a row; a bulk file that does is taken at its word."""
    if mode == "delta":
        row.check_moment("dateLastModified")
    elif not row.text("status"):
        return False
    return row.one_of("status", ("active", "tobedeleted")) == "tobedeleted"


def _org(row: Row) -> Org:
    return Org(row.needed("name"), row.one_of("type", ORG_TYPES), row.text("parentSourcedId"))


def _session(row: Row) -> Session:
    starts_on, after = row.needed_day("startDate"), row.needed_day("endDate")
    if after <= starts_on:
        raise BadCell("endDate", "is not after startDate: OneRoster names the day after the last")
    year = row.text("schoolYear")
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise BadCell("schoolYear", "is not a year such as 2026, in which the school year ends")
    return Session(
        title=row.needed("title"),
        type=row.one_of("type", SESSION_TYPES),
        starts_on=starts_on,
        ends_on=after - timedelta(days=1),
        parent=row.text("parentSourcedId"),
        school_year=int(year) if year else None,
    )


def _course(row: Row) -> Course:
    return Course(row.needed("title"), row.text("courseCode"))


def _class(row: Row) -> Class:
    row.one_of("classType", CLASS_TYPES)
    return Class(
        title=row.needed("title"),
        code=row.text("classCode"),
        course=row.needed("courseSourcedId"),
        location=row.text("location"),
        school=row.needed("schoolSourcedId"),
        terms=tuple(sorted(set(row.listed("termSourcedIds")))),
    )


def _user_1_1(row: Row) -> User:
    return _user(row, row.one_of("role", ROLES), row.listed("orgSourcedIds"))


def _user_1_2(row: Row) -> User:
    return _user(row, "", ())


def _user(row: Row, role: str, orgs: tuple[str, ...]) -> User:
    given = row.text("preferredGivenName") or row.needed("givenName")
    family = row.text("preferredFamilyName") or row.needed("familyName")
    username, identifier = row.needed("username"), row.text("identifier")
    agents = row.listed("agentSourcedIds")
    return User(given, family, username, identifier, row.text("email"), role, orgs, agents)


def _role(row: Row) -> UserRole:
    return UserRole(row.needed("userSourcedId"), row.one_of("role", ROLES), row.needed("orgSourcedId"))


def _enrollment(row: Row) -> Enrollment:
    begins_on, after = row.day("beginDate"), row.day("endDate")
    if begins_on and after and after <= begins_on:
        raise BadCell("endDate", "is not after beginDate: OneRoster names the day after the last")
    role = row.one_of("role", ENROLLED_ROLES)
    return Enrollment(
        class_=row.needed("classSourcedId"),
        school=row.needed("schoolSourcedId"),
        user=row.needed("userSourcedId"),
        role=role,
        is_primary=row.text("primary") == "true",
        begins_on=begins_on,
        ends_on=after - timedelta(days=1) if after else None,
    )
