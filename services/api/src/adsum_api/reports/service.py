"""Daily files out of the registers, and daily files in as history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.attendance.projection import project
from adsum_api.attendance.rules import ATTENDED
from adsum_api.lessons.days import day_in, local_day
from adsum_api.reports.daily import Arrival, write_daily
from adsum_store.models import Lesson, Mark, Room
from adsum_store.repositories import attended, lessons, marks, places, students
from adsum_store.repositories.attended import Attended, Entries
from adsum_store.unit_of_work import UnitOfWork

IMPORTED_ROOM: Final = "Imported"
LONGEST_LESSON: Final = timedelta(days=1)
ALL_TIME: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Imported:
    """What the import of one file did; `refused` are the numbers of students that nobody knows."""

    day: date
    added: int
    known: int
    students_made: int
    refused: tuple[str, ...]


def daily_file(work: UnitOfWork, school_id: UUID, day: date, zone: ZoneInfo) -> str:
    """Return the file of everybody who was first seen in a lesson on `day` of the school's calendar."""
    start, end = day_in(zone, day)
    entries = attended.stream(work, Entries(school_id, zone.key, start - LONGEST_LESSON, end))
    arrivals = (Arrival(each.number, each.name, at) for each in entries if (at := came_at(each)) is not None)
    return write_daily((each for each in arrivals if start <= each.at < end), zone)


def days_with_arrivals(work: UnitOfWork, school_id: UUID, zone: ZoneInfo) -> list[date]:
    """Return the days that have at least one row, in order."""
    entries = attended.stream(work, Entries(school_id, zone.key, *ALL_TIME))
    return sorted({local_day(zone, at) for each in entries if (at := came_at(each)) is not None})


def came_at(entry: Attended) -> datetime | None:
    """Return when a student came: first seen or, marked by a person alone, as that person said."""
    if entry.status not in ATTENDED:
        return None
    return entry.first_seen_at or entry.starts_at + timedelta(minutes=entry.minutes_late or 0)


def import_day(
    work: UnitOfWork, school_id: UUID, day: date, zone: ZoneInfo, arrivals: Iterable[Arrival],
    *, make_students: bool,
) -> Imported:  # fmt: skip
    """Write a day's rows as history, once however often it is read.

    The day is one lesson in the room "Imported"; a student who stands there twice came to two lessons, so
    the second row goes to a second one. A stranger is made a student without consent, or refused.
    """
    rows = list(dict.fromkeys(arrivals))
    known, made, refused = _students_of(work, school_id, rows, make_students=make_students)
    added = 0
    for ordinal, of_lesson in enumerate(_by_lesson(row for row in rows if row.number in known)):
        lesson = _imported_lesson(work, school_id, day, zone, ordinal)
        added += _write(work, lesson, known, of_lesson)
    accepted = sum(row.number in known for row in rows)
    return Imported(day, added, accepted - added, made, refused)


def _students_of(
    work: UnitOfWork, school_id: UUID, rows: Sequence[Arrival], *, make_students: bool
) -> tuple[Mapping[str, UUID], int, tuple[str, ...]]:
    names = {row.number: row.name for row in rows}
    there = {number: students.by_number(work, school_id, number) for number in names}
    known = {number: student.id for number, student in there.items() if student is not None}
    strangers = [number for number in names if number not in known]
    if not make_students:
        return known, 0, tuple(strangers)
    made = {number: students.add(work, school_id, number, names[number]).id for number in strangers}
    return known | made, len(made), ()


def _by_lesson(rows: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    seen: Counter[str] = Counter()
    groups: dict[int, list[Arrival]] = {}
    for row in rows:
        groups.setdefault(seen[row.number], []).append(row)
        seen[row.number] += 1
    yield from (groups[ordinal] for ordinal in sorted(groups))


def _imported_lesson(work: UnitOfWork, school_id: UUID, day: date, zone: ZoneInfo, ordinal: int) -> Lesson:
    room = next((room for room in places.rooms(work, school_id) if room.name == IMPORTED_ROOM), None)
    room = room or places.add_room(work, school_id, IMPORTED_ROOM)
    work.lock("room", room.id)
    key = f"import:{day.isoformat()}:{ordinal}"
    there = lessons.with_key(work, school_id, key)
    return there.lesson if there else _new_lesson(work, room, day, zone, key)


def _new_lesson(work: UnitOfWork, room: Room, day: date, zone: ZoneInfo, key: str) -> Lesson:
    start, end = day_in(zone, day)
    lesson = Lesson(
        school_id=room.school_id, room_id=room.id, starts_at=start, ends_at=end,
        late_after_s=0, closed_at=end, key=key,
    )  # fmt: skip
    return lessons.add(work, lesson)


def _write(work: UnitOfWork, lesson: Lesson, known: Mapping[str, UUID], rows: Sequence[Arrival]) -> int:
    work.lock("lesson", lesson.id)
    written = marks.log(work, lesson.school_id, lesson.id)
    said = {(mark.student_id, mark.mark_key) for mark in written}
    new = [
        mark
        for row in rows
        if ((mark := _mark(lesson, known[row.number], row)).student_id, mark.mark_key) not in said
    ]
    marks.append(work, new)
    project(work, lesson, [*written, *new], {})
    return len(new)


def _mark(lesson: Lesson, student_id: UUID, row: Arrival) -> Mark:
    return Mark(
        school_id=lesson.school_id,
        lesson_id=lesson.id,
        student_id=student_id,
        mark_key=f"import:{row.at.isoformat()}",
        status="present",
        source="import",
        actor="daily-file",
        first_seen_at=row.at,
        last_seen_at=row.at,
        evidence={},
    )
