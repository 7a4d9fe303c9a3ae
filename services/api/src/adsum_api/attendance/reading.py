"""What is asked of the registers, and never changes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.attendance.schemas import (
    EntryOfLesson,
    MarkOut,
    RegisterOut,
    entry_of,
    entry_of_lesson,
    summary_of,
)
from adsum_api.errors import Invalid, NotFound
from adsum_api.lessons import service as lessons
from adsum_api.lessons.days import day_in, days_before
from adsum_api.lessons.schemas import lesson_out
from adsum_store.repositories import day_counts, elsewhere, marks, register, students
from adsum_store.repositories.elsewhere import Told
from adsum_store.repositories.pages import EVERYTHING, PageWanted
from adsum_store.unit_of_work import UnitOfWork

MOST_DAYS: Final = 400
USUAL_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both included."""

    first: date
    last: date


def days_of(first: date | None, last: date | None, today: date) -> Days:
    """Return the days asked for, by default the 30 up to today; raise `Invalid` for none or too many."""
    last = last or today
    days = Days(first or days_before(last, USUAL_DAYS), last)
    if not 0 <= (days.last - days.first).days < MOST_DAYS:
        raise Invalid(f"ask for 1 to {MOST_DAYS} days: `from` to `to`, both included")
    return days


def register_of(work: UnitOfWork, school_id: UUID, lesson_id: UUID, now: datetime) -> RegisterOut:
    """Return a lesson's register; raise `NotFound`."""
    placed = lessons.find(work, school_id, lesson_id)
    entries = [entry_of(line) for line in register.lines(work, placed.lesson)]
    return RegisterOut(lesson=lesson_out(placed, now), entries=entries, summary=summary_of(entries))


def summaries_of_day(
    work: UnitOfWork, school_id: UUID, day: date, zone: ZoneInfo
) -> dict[UUID, dict[str, int]]:
    """Return, of each lesson that starts on `day` and has students, how many have each status."""
    counted = day_counts.of_lessons(work, school_id, *day_in(zone, day))
    return {
        lesson_id: {status or "unmarked": count for status, count in counts.items()}
        for lesson_id, counts in counted.items()
    }


def log_of(
    work: UnitOfWork, school_id: UUID, lesson_id: UUID, student_id: UUID | None, wanted: PageWanted
) -> list[MarkOut]:
    """Return a lesson's log; raise `NotFound`."""
    lessons.find(work, school_id, lesson_id)
    return [MarkOut.of(mark) for mark in marks.log(work, school_id, lesson_id, student_id, wanted)]


def known_elsewhere(
    work: UnitOfWork, school_id: UUID, lesson_id: UUID, wanted: PageWanted = EVERYTHING
) -> Sequence[Told]:
    """Return the faces of a lesson that are known elsewhere, as far as the school lets it be told; raise
    `NotFound`."""
    lessons.find(work, school_id, lesson_id)
    return elsewhere.told_of_lesson(work.session, school_id, lesson_id, wanted)


def attendance_of_student(
    work: UnitOfWork, school_id: UUID, student_id: UUID, days: Days, zone: ZoneInfo, wanted: PageWanted
) -> list[EntryOfLesson]:
    """Return a student's marked lines; raise `NotFound`."""
    if students.get(work, school_id, student_id) is None:
        raise NotFound("student", student_id)
    start, end = day_in(zone, days.first)[0], day_in(zone, days.last)[1]
    lines = register.marked_lines(work, school_id, start, end, student_id, wanted)
    return [entry_of_lesson(line) for line in lines]


def attendance_of_day(
    work: UnitOfWork, school_id: UUID, day: date, zone: ZoneInfo, wanted: PageWanted
) -> list[EntryOfLesson]:
    """Return all marked lines of the lessons that start on `day`."""
    lines = register.marked_lines(work, school_id, *day_in(zone, day), wanted=wanted)
    return [entry_of_lesson(line) for line in lines]
