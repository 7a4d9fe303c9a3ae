"""When events happen, in UTC: rules, additions, exceptions and the change of clocks (RFC 5545, 3.8.5). Pure.

A series is counted on the clock of its own zone and only then turned into UTC, so a lesson at nine is at nine
in summer and in winter. A time that a change of clocks skips is read by the offset before it; of one that
comes twice, the first is meant (RFC 5545, 3.3.5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset

from adsum_api.lessons.days import day_in
from adsum_api.timetable.calendars import Event, EventFault, Unreadable, When
from adsum_api.timetable.rules import counted

Window = tuple[datetime, datetime]
"""From an instant to another, which does not belong to it, in UTC."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event happens. `recurrence_id` names it in its series, by the time it was first meant
    for in UTC; it is empty for an event that happens once."""

    event: Event
    recurrence_id: str
    starts_at: datetime
    ends_at: datetime


def occurrences(
    events: Sequence[Event], window: Window, zone: ZoneInfo
) -> tuple[list[Occurrence], list[EventFault]]:
    """Return what begins in the window, in order of time, and the events whose rules are not understood.

    Floating times and days are those of `zone`. What is cancelled is left out, and so is an exception to a
    time that is excluded.
    """
    found, faults = list[Occurrence](), list[EventFault]()
    for uid, series in _by_uid(events).items():
        try:
            found += _of_series(series, window, zone)
        except (Unreadable, ValueError, TypeError, OverflowError) as error:
            faults.append(EventFault(uid, str(error)))
    return sorted(found, key=lambda each: (each.starts_at, each.event.uid, each.recurrence_id)), faults


def instant(when: When, zone: ZoneInfo) -> datetime:
    """Return the instant in UTC; a day stands for its first one."""
    if not isinstance(when, datetime):
        return day_in(zone, when)[0]
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)


def _by_uid(events: Iterable[Event]) -> dict[str, dict[When | None, Event]]:
    """Group by UID; of two for the same time the one of the higher SEQUENCE counts, then the later one."""
    found: defaultdict[str, dict[When | None, Event]] = defaultdict(dict)
    for event in events:
        there = found[event.uid].get(event.replaces)
        if there is None or event.sequence >= there.sequence:
            found[event.uid][event.replaces] = event
    return found


def _of_series(series: dict[When | None, Event], window: Window, zone: ZoneInfo) -> Iterator[Occurrence]:
    master = series.get(None)
    exceptions = {_named(replaces, master, zone): event for replaces, event in series.items() if replaces}
    if master is not None and not master.cancelled:
        repeats = bool(master.rule or master.added)
        for start in _starts(master, window, zone):
            name = _stamp(start, zone) if repeats else ""
            if name not in exceptions:
                yield from _at(master, name, instant(start, zone), window, zone)
    excluded = {_named(when, master, zone) for when in master.excluded} if master is not None else set()
    for name, event in exceptions.items():
        if not event.cancelled and name not in excluded:
            yield from _at(event, name, instant(event.starts, zone), window, zone)


def _at(event: Event, name: str, starts_at: datetime, window: Window, zone: ZoneInfo) -> Iterator[Occurrence]:
    """Each lasts exactly as long as the first one by the clock that never changes; days last to midnight."""
    if not window[0] <= starts_at < window[1]:
        return
    if event.is_all_day:
        days = max((_day(event.ends) - _day(event.starts)).days, 1)
        last = starts_at.astimezone(zone).date() + timedelta(days=days)
        ends_at = day_in(zone, last)[0]
    else:
        ends_at = starts_at + (instant(event.ends, zone) - instant(event.starts, zone))
    yield Occurrence(event, name, starts_at, ends_at)


def _starts(master: Event, window: Window, zone: ZoneInfo) -> Iterator[When]:
    """Yield when the series begins anew within the window, and somewhat around it, on its own clock."""
    own_zone = master.starts.tzinfo if isinstance(master.starts, datetime) else None
    first = _wall(master.starts, master, zone)
    dates = rruleset()
    dates.rdate(first)
    if master.rule:
        dates.rrule(counted(master.rule, first, own_zone or zone))
    for added in master.added:
        dates.rdate(_wall(added, master, zone))
    for excluded in master.excluded:
        if isinstance(excluded, datetime) or master.is_all_day:
            dates.exdate(_wall(excluded, master, zone))
    whole_days = {each for each in master.excluded if not isinstance(each, datetime)}
    around = timedelta(days=2)
    after, before = (edge.replace(tzinfo=None) for edge in window)
    for wall in dates.between(after - around, before + around, inc=True):
        if not master.is_all_day and wall.date() in whole_days:
            continue
        yield wall.date() if master.is_all_day else wall.replace(tzinfo=own_zone)


def _wall(when: When, master: Event, zone: ZoneInfo) -> datetime:
    """Return what the clock of the series shows, without a zone."""
    if not isinstance(when, datetime):
        at = time() if master.is_all_day or not isinstance(master.starts, datetime) else master.starts.time()
        return datetime.combine(when, at)
    own_zone = (master.starts.tzinfo if isinstance(master.starts, datetime) else None) or zone
    return (when.astimezone(own_zone) if when.tzinfo else when).replace(tzinfo=None)


def _named(replaces: When, master: Event | None, zone: ZoneInfo) -> str:
    if master is not None and not isinstance(replaces, datetime) and not master.is_all_day:
        wall = _wall(replaces, master, zone)
        assert isinstance(master.starts, datetime)  # noqa: S101 - for mypy: it is not all-day
        return _stamp(wall.replace(tzinfo=master.starts.tzinfo), zone)
    return _stamp(replaces, zone)


def _stamp(when: When, zone: ZoneInfo) -> str:
    if not isinstance(when, datetime):
        return when.strftime("%Y%m%d")
    return instant(when, zone).strftime("%Y%m%dT%H%M%SZ")


def _day(when: When) -> date:
    return when.date() if isinstance(when, datetime) else when
