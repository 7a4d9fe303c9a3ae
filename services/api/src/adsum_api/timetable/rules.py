"""RRULEs of school timetables, counted by dateutil; what cannot be counted in a moment is refused. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, tzinfo
from math import gcd
from typing import Final

from dateutil.rrule import rrule, rrulestr

from adsum_api.timetable.calendars import Unreadable

PARTS: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY"})
FREQUENCIES: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
LONGEST_INTERVAL: Final = 400
DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAYS_OF_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def counted(rule: str, first: datetime, zone: tzinfo) -> rrule:
    """Return the rule, counted from `first` on the clock of `zone`; both are without a zone.

    Raises `Unreadable` for parts that no timetable needs, and for a rule that never comes true: dateutil
    would look for its days until the year 9999.
    """
    parts = dict(part.split("=", 1) for part in rule.upper().split(";") if "=" in part)
    if unknown := sorted(parts.keys() - PARTS):
        raise Unreadable(f"an RRULE with {', '.join(unknown)} is not understood")
    if parts.get("FREQ") not in FREQUENCIES:
        raise Unreadable(f"an RRULE repeats {', '.join(sorted(FREQUENCIES))}")
    if not 1 <= int(parts.get("INTERVAL", "1")) <= LONGEST_INTERVAL:
        raise Unreadable(f"an RRULE's INTERVAL is at most {LONGEST_INTERVAL}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise Unreadable("an RRULE has COUNT or UNTIL, not both")
    if not _comes_true(parts, first):
        raise Unreadable("an RRULE never comes true")
    until = _until(parts.pop("UNTIL", None), zone)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    found = rrulestr(text, dtstart=first)
    if not isinstance(found, rrule):
        raise Unreadable("an RRULE is not understood")
    return found if until is None else found.replace(until=until)


def _until(text: str | None, zone: tzinfo) -> datetime | None:
    """Return the last moment by the clock of `zone`: UNTIL is in UTC, or a day that still belongs to it."""
    if text is None:
        return None
    if len(text) == len("20260211"):
        return datetime.combine(datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date(), time.max)
    moment = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return (moment.astimezone(zone) if text.endswith("Z") else moment).replace(tzinfo=None)


def _comes_true(parts: dict[str, str], first: datetime) -> bool:
    months = [int(each) for each in parts.get("BYMONTH", "1,2,3,4,5,6,7,8,9,10,11,12").split(",")]
    days = [abs(int(each)) for each in parts.get("BYMONTHDAY", "1").split(",")]
    interval = int(parts.get("INTERVAL", "1"))
    if not any(0 < day <= DAYS_OF_MONTH[month - 1] for month in months for day in days):
        return False
    if parts["FREQ"] == "DAILY" and "BYDAY" in parts:
        step = gcd(interval, len(DAYS))
        reached = {DAYS[(first.weekday() + n * step) % len(DAYS)] for n in range(len(DAYS))}
        return bool(reached & set(parts["BYDAY"].split(",")))
    if parts["FREQ"] == "MONTHLY" and "BYMONTH" in parts:
        step = gcd(interval, 12)
        return any((month - first.month) % step == 0 for month in months)
    return True
