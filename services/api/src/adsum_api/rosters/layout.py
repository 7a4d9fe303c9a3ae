"""OneRoster's files and columns, in their exact order. Pure.

1EdTech, OneRoster CSV tables 1.1.1 and OneRoster 1.2.1 CSV binding (both 22 August 2023).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Version = Literal["1.1", "1.2"]
Mode = Literal["absent", "bulk", "delta"]

MANIFEST: Final = "manifest.csv"
ORGS: Final = "orgs.csv"
SESSIONS: Final = "academicSessions.csv"
COURSES: Final = "courses.csv"
CLASSES: Final = "classes.csv"
USERS: Final = "users.csv"
ROLES: Final = "roles.csv"
ENROLLMENTS: Final = "enrollments.csv"

READ: Final[Mapping[Version, tuple[str, ...]]] = {
    "1.1": (ORGS, SESSIONS, COURSES, CLASSES, USERS, ENROLLMENTS),
    "1.2": (ORGS, SESSIONS, COURSES, CLASSES, USERS, ROLES, ENROLLMENTS),
}
"""The files that make a roster, in the order in which they refer to each other; others are passed over."""

_HEAD: Final = ("sourcedId", "status", "dateLastModified")

_SHARED: Final[Mapping[str, tuple[str, ...]]] = {
    ORGS: (*_HEAD, "name", "type", "identifier", "parentSourcedId"),
    SESSIONS: (*_HEAD, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"),
    COURSES: (
        *_HEAD, "schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId", "subjects",
        "subjectCodes",
    ),
    CLASSES: (
        *_HEAD, "title", "grades", "courseSourcedId", "classCode", "classType", "location",
        "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods",
    ),
    ENROLLMENTS: (
        *_HEAD, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate",
        "endDate",
    ),
}  # fmt: skip

COLUMNS: Final[Mapping[Version, Mapping[str, tuple[str, ...]]]] = {
    "1.1": {
        **_SHARED,
        USERS: (
            *_HEAD, "enabledUser", "orgSourcedIds", "role", "username", "userIds", "givenName", "familyName",
            "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password",
        ),
    },
    "1.2": {
        **_SHARED,
        USERS: (
            *_HEAD, "enabledUser", "username", "userIds", "givenName", "familyName", "middleName",
            "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password",
            "userMasterIdentifier", "resourceSourcedIds", "preferredGivenName", "preferredMiddleName",
            "preferredFamilyName", "primaryOrgSourcedId", "pronouns",
        ),
        ROLES: (
            *_HEAD, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
            "userProfileSourcedId",
        ),
    },
}  # fmt: skip

LATER: Final = frozenset({"pronouns"})
"""Columns at the right end that came with 1.2.1: files of 1.2.0 lack them."""

EXTENSION: Final = "metadata."
"""How a column of an extension begins; those stand at the right end and are passed over."""


def fault_of_header(header: list[str], wanted: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the column where a header leaves the standard, and how; None where it does not."""
    core = [name for name in header if not name.startswith(EXTENSION)]
    if header[: len(core)] != core:
        return next(name for name in header if name.startswith(EXTENSION)), "stands before a standard column"
    for place, name in enumerate(wanted):
        if place >= len(core):
            return None if set(wanted[place:]) <= LATER else (name, "is missing")
        if core[place] != name:
            return name, f"is expected as column {place + 1}, where {core[place]!r} stands"
    return (core[len(wanted)], "is not of the standard") if len(core) > len(wanted) else None
