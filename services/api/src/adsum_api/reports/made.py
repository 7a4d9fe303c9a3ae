"""Reports made from the record: whose, of which days, and what stands above them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.attendance.codes import CodeSet
from adsum_api.attendance.reading import Days
from adsum_api.errors import NotFound
from adsum_api.lessons import service as lessons
from adsum_api.lessons.days import day_in, local_day
from adsum_api.reports.attendance import LEGEND, register_table, tally_table
from adsum_api.reports.report import Report, local_text
from adsum_store.models import School
from adsum_store.repositories import attended, register, sections, students, teachers
from adsum_store.repositories.attended import Attended, Entries, Grouping
from adsum_store.repositories.lessons import PlacedLesson
from adsum_store.repositories.register import Line
from adsum_store.unit_of_work import UnitOfWork

ALL_TIME: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
WORDS: Final = {
    "student": "by student", "section": "by section", "lesson": "by lesson", "day": "by day",
    "week": "by week",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which days' marks, and, where one is named, of which section and student alone; `term`: the one whose
    days these are."""

    days: Days
    section_id: UUID | None = None
    student_id: UUID | None = None
    term: str = ""


def lesson_register(work: UnitOfWork, school: School, lesson_id: UUID, now: datetime) -> Report:
    """Return a lesson's register, with everybody who is expected in it; raise `NotFound`."""
    placed = lessons.find(work, school.id, lesson_id)
    zone = ZoneInfo(school.timezone)
    codes = CodeSet.of(school.status_codes)
    lines = [_attended(placed, line) for line in register.lines(work, placed.lesson)]
    counted = attended.tallies(work, Entries(school.id, zone.key, *ALL_TIME, lesson_id=lesson_id), "lesson")
    tables = (
        register_table(lines, zone, codes, of_one_lesson=True),
        tally_table("Summary", "lesson", counted, codes),
    )
    facts = _facts_of_lesson(school, placed, _teachers(work, placed, zone), zone)
    return Report("Register", facts, tables, zone, now, LEGEND, signed=True)


def register_of_days(work: UnitOfWork, school: School, chosen: Chosen, now: datetime) -> Report:
    """Return every mark that counts, by lesson; its rows are read while it is written."""
    wanted, facts, zone = _wanted(work, school, chosen)
    rows, codes = attended.stream(work, wanted), CodeSet.of(school.status_codes)
    counted = attended.tallies(work, wanted, "section")
    tables = (
        register_table(rows, zone, codes, of_one_lesson=False),
        tally_table("Summary", "section", counted, codes),
    )
    return Report("Registers", facts, tables, zone, now, LEGEND, signed=True)


def attendance(work: UnitOfWork, school: School, chosen: Chosen, by: Grouping, now: datetime) -> Report:
    """Return counts, minutes late and rates of each group, and how they went from week to week."""
    wanted, facts, zone = _wanted(work, school, chosen)
    codes = CodeSet.of(school.status_codes)
    tables = [tally_table(WORDS[by].capitalize(), by, attended.tallies(work, wanted, by), codes)]
    if by != "week":
        tables.append(tally_table("By week", "week", attended.tallies(work, wanted, "week"), codes))
    return Report(f"Attendance {WORDS[by]}", facts, tuple(tables), zone, now, LEGEND)


def _wanted(
    work: UnitOfWork, school: School, chosen: Chosen
) -> tuple[Entries, tuple[tuple[str, str], ...], ZoneInfo]:
    """Return what to read and what stands above it; raise `NotFound`."""
    zone = ZoneInfo(school.timezone)
    start, end = day_in(zone, chosen.days.first)[0], day_in(zone, chosen.days.last)[1]
    facts = [("School", school.name), ("Days", _span(chosen.days.first, chosen.days.last))]
    if chosen.term:
        facts.append(("Term", chosen.term))
    if chosen.section_id is not None:
        section = sections.get(work, school.id, chosen.section_id)
        if section is None:
            raise NotFound("section", chosen.section_id)
        facts.append(("Section", section.name))
    if chosen.student_id is not None:
        student = students.get(work, school.id, chosen.student_id)
        if student is None:
            raise NotFound("student", chosen.student_id)
        facts.append(("Student", f"{student.number} {student.name}"))
    wanted = Entries(
        school.id, zone.key, start, end, section_id=chosen.section_id, student_id=chosen.student_id
    )
    return wanted, tuple(facts), zone


def _span(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()} to {last.isoformat()}"


def _teachers(work: UnitOfWork, placed: PlacedLesson, zone: ZoneInfo) -> str:
    lesson = placed.lesson
    if lesson.section_id is None:
        return ""
    day = local_day(zone, lesson.starts_at)
    return ", ".join(teachers.names(work, lesson.school_id, lesson.section_id, day))


def _facts_of_lesson(
    school: School, placed: PlacedLesson, taught_by: str, zone: ZoneInfo
) -> tuple[tuple[str, str], ...]:
    lesson = placed.lesson
    ends_at = lesson.ends_at.astimezone(zone)
    return (
        ("School", school.name),
        ("Section", placed.section or "ad hoc"),
        ("Lesson", f"{local_text(lesson.starts_at, zone)} to {ends_at:%H:%M} ({zone.key})"),
        ("Room", placed.room),
        ("Teacher", taught_by or "not on record"),
        ("State", "final" if lesson.closed_at else "not final yet"),
    )


def _attended(placed: PlacedLesson, line: Line) -> Attended:
    lesson, entry = line.lesson, line.entry
    return Attended(
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        section=placed.section,
        room=placed.room,
        number=line.number,
        name=line.name,
        status=entry.status if entry else "unmarked",
        code=entry.code if entry else None,
        minutes_late=entry.minutes_late if entry else None,
        minutes_early=entry.minutes_early if entry else None,
        first_seen_at=entry.first_seen_at if entry else None,
        last_seen_at=entry.last_seen_at if entry else None,
        minutes_present=entry.minutes_present if entry else None,
        source=entry.source if entry else None,
        reason=line.reason,
    )
