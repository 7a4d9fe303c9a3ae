"""Calendars into lessons: at an import, and hour by hour as the weeks go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from adsum_api.deps import Operator
from adsum_api.lessons.days import local_day
from adsum_api.timetable.lessons import Books, held_lessons, taken_rooms, write
from adsum_api.timetable.matching import ROOM, SECTION, Reading
from adsum_api.timetable.occurrences import Window
from adsum_api.timetable.plan import LessonPlan, Refusal, Slot, counted, outside, plan_lessons
from adsum_api.timetable.schemas import CalendarReport, RefusedEvent
from adsum_api.timetable.wishes import CalendarFile, Wishes, slots_of, wishes_of
from adsum_store.models import Calendar
from adsum_store.repositories import timetables
from adsum_store.unit_of_work import UnitOfWork

MOST_LISTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Made:
    """What was done about the lessons of one calendar; `holidays`: lessons that fall on one."""

    name: str
    plan: LessonPlan
    holidays: int
    passed_over: int
    rooms_added: tuple[str, ...]
    refused: tuple[Refusal, ...]


def import_calendar(
    work: UnitOfWork, caller: Operator, file: CalendarFile, now: datetime, *, dry_run: bool = False
) -> tuple[CalendarReport, frozenset[UUID]]:
    """Take the calendar in the place of the one of its name, and make the lessons of the weeks ahead.

    Returns the report, and the rooms whose lessons changed. Raises `BadCalendar`.
    """
    work.lock("timetable", caller.school_id)
    if not dry_run:
        timetables.put(work, _row(caller.school_id, file, now))
    return _make(work, caller, file, now, dry_run=dry_run)


def make_ahead(work: UnitOfWork, caller: Operator, now: datetime) -> frozenset[UUID]:
    """Make the lessons of the weeks ahead from the calendars that are stored; again: changes nothing.

    Returns the rooms whose lessons changed.
    """
    work.lock("timetable", caller.school_id)
    return _make(work, caller, None, now, dry_run=False)[1]


def _make(
    work: UnitOfWork, caller: Operator, new: CalendarFile | None, now: datetime, *, dry_run: bool
) -> tuple[CalendarReport, frozenset[UUID]]:
    stored = timetables.all_of(work, caller.school_id)
    ids = {row.name: row.id for row in stored}
    files = {row.name: _file(row) for row in stored} | ({new.name: new} if new else {})
    window = now, _until(work, files.values(), ids.values(), now)
    wishes = [wishes_of(file, window, caller.zone) for file in files.values()]
    closed = [span for each in wishes for span in each.closed]
    making = _Making(work, caller, Books.of(work, caller.school_id), window, closed, dry_run)
    made = [making.of(each, ids.get(each.file.name)) for each in wishes]
    rooms = frozenset(room for _, changed in made for room in changed)
    return _report([each for each, _ in made], window[1], dry_run=dry_run), rooms


@dataclass(frozen=True, slots=True)
class _Making:
    """What is the same for every calendar of the school."""

    work: UnitOfWork
    caller: Operator
    books: Books
    window: Window
    closed: Sequence[Window]
    dry_run: bool

    def of(self, wishes: Wishes, calendar_id: UUID | None) -> tuple[Made, frozenset[UUID]]:
        """Bring the lessons of one calendar up to what it wants."""
        (now, until), school_id = self.window, self.caller.school_id
        slots, refused = slots_of(wishes, self.books.directory())
        slots = [replace(slot, sections=self.books.parts_of(slot.sections)) for slot in slots]
        if not wishes.file.reading.add_rooms:
            slots, roomless = _with_rooms(slots)
            refused += roomless
        slots, holidays = outside(slots, self.closed)
        held = held_lessons(self.work, self.books, calendar_id, now)
        others = taken_rooms(self.work, school_id, calendar_id, now, until)
        plan = plan_lessons(slots, held, others, now, self._day_of)
        added = sorted({slot.room for slot in slots if isinstance(slot.room, str)})
        rooms = frozenset[UUID]()
        if calendar_id is not None and not self.dry_run:
            rooms = write(self.work, school_id, self.books, calendar_id, plan, now)
        refusals = counted((*refused, *plan.refused))
        made = Made(wishes.file.name, plan, holidays, wishes.passed_over, tuple(added), refusals)
        return made, rooms

    def _day_of(self, at: datetime) -> date:
        return local_day(self.caller.zone, at)


def _until(work: UnitOfWork, files: Iterable[CalendarFile], ids: Iterable[UUID], now: datetime) -> datetime:
    """Return as far as the farthest calendar looks, and past every lesson that there is already."""
    ahead = max((file.weeks_ahead for file in files), default=0)
    ends = [lesson.starts_at for each in ids for lesson in timetables.lessons_of(work, each, now)]
    return max([now + timedelta(weeks=ahead), *(end + timedelta(seconds=1) for end in ends)])


def _with_rooms(slots: Iterable[Slot]) -> tuple[list[Slot], list[Refusal]]:
    placed, refused = list[Slot](), list[Refusal]()
    for slot in slots:
        if isinstance(slot.room, str):
            refused.append(Refusal(slot.uid, f"there is no room {slot.room!r}"))
        else:
            placed.append(slot)
    return placed, refused


def _row(school_id: UUID, file: CalendarFile, now: datetime) -> Calendar:
    reading = file.reading
    return Calendar(
        school_id=school_id,
        name=file.name,
        holidays=file.holidays,
        content=file.content,
        reading={"section": reading.section, "room": reading.room, "add_rooms": reading.add_rooms},
        weeks_ahead=file.weeks_ahead,
        imported_at=now,
    )


def _file(row: Calendar) -> CalendarFile:
    reading = Reading(
        section=tuple(row.reading.get("section", SECTION)),
        room=tuple(row.reading.get("room", ROOM)),
        add_rooms=bool(row.reading.get("add_rooms", False)),
    )
    return CalendarFile(row.name, row.content, row.holidays, row.weeks_ahead, reading)


def _report(made: Sequence[Made], until: datetime, *, dry_run: bool) -> CalendarReport:
    refused = [
        RefusedEvent(calendar=each.name, uid=one.uid, reason=one.reason, times=one.times)
        for each in made
        for one in each.refused
    ]
    return CalendarReport(
        dry_run=dry_run,
        until=until,
        added=sum(len(each.plan.added) for each in made),
        moved=sum(len(each.plan.moved) for each in made),
        cancelled=sum(len(each.plan.cancelled) for each in made),
        unchanged=sum(each.plan.unchanged for each in made),
        holidays=sum(each.holidays for each in made),
        passed_over=sum(each.passed_over for each in made),
        rooms_added=sorted({room for each in made for room in each.rooms_added}),
        refused=refused[:MOST_LISTED],
        refused_in_all=len(refused),
    )
