"""An iCalendar file (RFC 5545) as events: what each says, and what is wrong with the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from icalendar import Calendar
from icalendar import Event as IcsEvent
from icalendar.error import InvalidCalendar, JCalParsingError

from adsum_api.errors import Invalid

MAX_EVENTS: Final = 20_000
MAX_BYTES: Final = 8 * 1024**2
EARLIEST: Final = 1970
"""A series cannot begin before: each of its days since then is counted."""

When = date | datetime
"""A day, or a time: aware, or floating, which means the school's own zone."""


class BadCalendar(Invalid):
    """The whole file is no calendar, so nothing of it is taken."""


@dataclass(frozen=True, slots=True)
class EventFault:
    """What is wrong with an event, by its UID."""

    uid: str
    reason: str


class Unreadable(ValueError):  # noqa: N818 - named for what it is
    """An event cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """One VEVENT. `said`: the texts of its other properties, by their names in capitals.

    `replaces`: the time in its series that it stands for (RECURRENCE-ID), None for what is no exception.
    """

    uid: str
    sequence: int
    starts: When
    ends: When
    replaces: When | None
    rule: str | None
    added: tuple[When, ...]
    excluded: tuple[When, ...]
    cancelled: bool
    said: Mapping[str, tuple[str, ...]]

    @property
    def is_all_day(self) -> bool:
        """Whether it is of days, not of times."""
        return not isinstance(self.starts, datetime)


def read_calendar(content: bytes) -> tuple[list[Event], list[EventFault]]:
    """Return the events that can be understood and what is wrong with the others; raise `BadCalendar`."""
    if len(content) > MAX_BYTES:
        raise BadCalendar(f"the calendar has more than {MAX_BYTES // 1024**2} MB")
    try:
        calendar = Calendar.from_ical(content)
    except (ValueError, KeyError, IndexError, RecursionError, InvalidCalendar, JCalParsingError) as error:
        raise BadCalendar(f"this is no iCalendar file: {_first_line(error)}") from None
    components = [each for each in calendar.walk("VEVENT") if isinstance(each, IcsEvent)]
    if len(components) > MAX_EVENTS:
        raise BadCalendar(f"the calendar has more than {MAX_EVENTS} events")
    events, faults = list[Event](), list[EventFault]()
    for component in components:
        uid = str(component.get("UID", "")).strip()
        try:
            events.append(_event(uid, component))
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError, InvalidCalendar) as error:
            faults.append(EventFault(uid or "without a UID", _first_line(error)))
    return events, faults


def _event(uid: str, component: IcsEvent) -> Event:
    if not uid:
        raise Unreadable("has no UID")
    if component.errors:
        name, reason = component.errors[0]
        raise Unreadable(f"{name or 'a line'} cannot be understood: {reason}")
    starts, ends = component.start, component.end
    if starts.year < EARLIEST:
        raise Unreadable(f"begins before {EARLIEST}")
    return Event(
        uid=uid,
        sequence=int(component.get("SEQUENCE", 0)),
        starts=starts,
        ends=ends,
        replaces=_replaces(component),
        rule=_rule(component),
        added=tuple(start for start, _ in component.rdates),
        excluded=tuple(component.exdates),
        cancelled=str(component.get("STATUS", "")).upper() == "CANCELLED",
        said={str(name).upper(): tuple(_texts(value)) for name, value in component.items()},
    )


def _replaces(component: IcsEvent) -> When | None:
    value = component.get("RECURRENCE-ID")
    if value is None:
        return None
    if "RANGE" in value.params:
        raise Unreadable("RECURRENCE-ID with RANGE is not understood: split the series in two")
    when: When = value.dt
    return when


def _rule(component: IcsEvent) -> str | None:
    rules = component.rrules
    if "EXRULE" in component:
        raise Unreadable("EXRULE is not understood: RFC 5545 withdrew it, use EXDATE")
    if len(rules) > 1:
        raise Unreadable("has several RRULEs: use RDATE, or two events")
    return rules[0].to_ical().decode() if rules else None


def _texts(value: Any) -> Iterable[str]:  # noqa: ANN401 - a property is of any of the library's types
    """Yield a property's texts: of several, and of lists, each."""
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif hasattr(value, "cats"):
        yield from (str(each).strip() for each in value.cats)
    elif isinstance(value, str):
        yield value.replace("\\,", ",").replace("\\;", ";").strip()


def _first_line(error: Exception) -> str:
    """Return what a library says, without the calendar's own text in full."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
