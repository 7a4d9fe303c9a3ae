"""What a school's calendars want in a window: lessons, holidays, and what cannot be. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from adsum_api.timetable.calendars import Event, EventFault, Unreadable, read_calendar
from adsum_api.timetable.matching import Directory, Reading, is_holiday, room_of, sections_of
from adsum_api.timetable.occurrences import Occurrence, Window, occurrences
from adsum_api.timetable.plan import Refusal, Slot

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(hours=12)
LONGEST_HOLIDAY: Final = timedelta(days=120)
"""A holiday that began so long ago may still last."""


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """A calendar's content, and how it is read: as lessons or as holidays, so many weeks ahead."""

    name: str
    content: bytes
    holidays: bool = False
    weeks_ahead: int = 4
    reading: Reading = field(default_factory=Reading)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one calendar wants: when no lesson is held, and what happens at other times.

    `faults` are events that cannot be understood.
    """

    file: CalendarFile
    closed: tuple[Window, ...]
    lessons: tuple[Occurrence, ...]
    passed_over: int
    faults: tuple[EventFault, ...]


def wishes_of(file: CalendarFile, window: Window, zone: ZoneInfo) -> Wishes:
    """Read the file and expand it over the window; raise `BadCalendar`."""
    events, faults = read_calendar(file.content)
    reach = window[0] - LONGEST_HOLIDAY, window[1]
    found, unclear = occurrences(events, reach, zone)
    closed = [each for each in found if is_holiday(each.event, in_holidays=file.holidays)]
    others = [each for each in found if not is_holiday(each.event, in_holidays=file.holidays)]
    return Wishes(
        file=file,
        closed=tuple((each.starts_at, each.ends_at) for each in closed),
        lessons=tuple(each for each in others if not each.event.is_all_day and each.ends_at > window[0]),
        passed_over=len(_uids(each.event for each in others if each.event.is_all_day)),
        faults=(*faults, *unclear),
    )


def slots_of(wishes: Wishes, directory: Directory) -> tuple[list[Slot], list[Refusal]]:
    """Return the lessons that are wanted, and those that speak of no section or room."""
    slots, refused = list[Slot](), [Refusal(each.uid, each.reason) for each in wishes.faults]
    for each in wishes.lessons:
        try:
            slots.append(_slot(each, wishes.file.reading, directory))
        except Unreadable as error:
            refused.append(Refusal(each.event.uid, str(error)))
    return slots, refused


def _slot(occurrence: Occurrence, reading: Reading, directory: Directory) -> Slot:
    if not SHORTEST <= occurrence.ends_at - occurrence.starts_at <= LONGEST:
        raise Unreadable("lasts less than a minute or more than 12 hours")
    event = occurrence.event
    sections = sections_of(event, reading, directory.sections)
    return Slot(
        uid=event.uid,
        recurrence_id=occurrence.recurrence_id,
        starts_at=occurrence.starts_at,
        ends_at=occurrence.ends_at,
        room=room_of(event, sections, reading, directory),
        sections=sections,
    )


def _uids(events: Iterable[Event]) -> set[str]:
    return {event.uid for event in events}
