"""A made-up school as a OneRoster 1.2 zip: any number of students, each in a few classes of thirty."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from adsum_api.rosters.layout import (
    CLASSES,
    COLUMNS,
    COURSES,
    ENROLLMENTS,
    MANIFEST,
    ORGS,
    ROLES,
    SESSIONS,
    USERS,
    Version,
)

ROSTER = 30
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MadeUpSchool:
    """So many students, each in `classes_each` classes; `rows` of all files together, without headers."""

    students: int
    classes_each: int = 4

    @property
    def classes(self) -> int:
        """How many classes there are, of at most thirty."""
        return -(-self.students // ROSTER) * self.classes_each

    @property
    def rows(self) -> int:
        """How many rows the files have, but for the manifest's."""
        people = self.students + self.classes_each
        return (
            2
            + 2
            + self.classes_each
            + self.classes
            + 2 * people
            + self.students * self.classes_each
            + self.classes
        )

    def files(self) -> dict[str, list[Cells]]:
        """Return every file's rows; empty cells are left out."""
        students = [f"s{number}" for number in range(1, self.students + 1)]
        teachers = [f"t{subject}" for subject in range(self.classes_each)]
        classes = {
            f"c{group}-{subject}": (group, subject)
            for group in range(-(-self.students // ROSTER))
            for subject in range(self.classes_each)
        }
        return {
            ORGS: [
                {"sourcedId": "d", "name": "Made-up district", "type": "district"},
                {"sourcedId": "o", "name": "Made-up school", "type": "school", "parentSourcedId": "d"},
            ],
            SESSIONS: [
                {"sourcedId": "y", "title": "2025/26", "type": "schoolYear", "startDate": "2025-08-18",
                 "endDate": "2026-07-04", "schoolYear": "2026"},
                {"sourcedId": "h2", "title": "Spring", "type": "semester", "startDate": "2026-02-02",
                 "endDate": "2026-07-04", "parentSourcedId": "y", "schoolYear": "2026"},
            ],
            COURSES: [
                {"sourcedId": f"k{subject}", "title": f"Subject {subject}", "courseCode": f"S{subject}",
                 "orgSourcedId": "o"} for subject in range(self.classes_each)
            ],
            CLASSES: [
                {"sourcedId": key, "title": f"Subject {subject}, group {group}",
                 "classCode": f"S{subject}-{group}",
                 "courseSourcedId": f"k{subject}", "classType": "scheduled", "location": f"Room {group % 50}",
                 "schoolSourcedId": "o", "termSourcedIds": "h2"} for key, (group, subject) in classes.items()
            ],
            USERS: [_user(each) for each in (*students, *teachers)],
            ROLES: [
                *(_role(each, "student") for each in students), *(_role(each, "teacher") for each in teachers)
            ],
            ENROLLMENTS: [
                *(_enrolled(f"c{place // ROSTER}-{subject}", student, "student")
                  for place, student in enumerate(students) for subject in range(self.classes_each)),
                *(_enrolled(key, f"t{subject}", "teacher") for key, (_, subject) in classes.items()),
            ],
        }  # fmt: skip


def write_zip(
    into: IO[bytes], files: Mapping[str, Iterable[Cells]], *, version: Version = "1.2", mode: str = "bulk"
) -> None:
    """Write a OneRoster zip with these files, all of them bulk or all of them delta."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            columns = COLUMNS[version][name]
            lines = ([row.get(column, "") for column in columns] for row in rows)
            archive.writestr(name, as_csv(columns, lines))
        said = [("manifest.version", "1.0"), ("oneroster.version", version)]
        said += [(f"file.{name.removesuffix('.csv')}", mode) for name in files]
        archive.writestr(MANIFEST, as_csv(("propertyName", "value"), said))


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return RFC 4180 text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _user(source_id: str) -> Cells:
    return {
        "sourcedId": source_id,
        "enabledUser": "true",
        "username": f"{source_id}@school.example",
        "givenName": "Given",
        "familyName": f"Family {source_id}",
        "identifier": f"N{source_id}",
    }


def _role(user: str, role: str) -> Cells:
    ids = {"sourcedId": f"r-{user}", "userSourcedId": user, "orgSourcedId": "o"}
    return {**ids, "roleType": "primary", "role": role}


def _enrolled(section: str, user: str, role: str) -> Cells:
    ids = {"sourcedId": f"e-{section}-{user}", "classSourcedId": section, "schoolSourcedId": "o"}
    return {**ids, "userSourcedId": user, "role": role, "primary": "true" if role == "teacher" else ""}
