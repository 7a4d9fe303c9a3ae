"""A school's days: from midnight to midnight in its zone, 23 to 25 hours long. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)


def day_in(zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    """Return the first instant of `day` and of the next one, in UTC; those that no calendar of a computer
    reaches are its own first and last."""
    return _instant(zone, day, FIRST), _instant(zone, day, LAST, later=timedelta(days=1))


def _instant(zone: ZoneInfo, day: date, otherwise: datetime, later: timedelta = timedelta(0)) -> datetime:
    """Return the midnight that begins the day `later` than `day`."""
    try:
        return datetime.combine(day + later, time(), zone).astimezone(UTC)
    except OverflowError:
        return otherwise


def local_day(zone: ZoneInfo, at: datetime) -> date:
    """Return the day that the school's calendar shows at `at`, its own where no calendar of a computer
    reaches."""
    try:
        return at.astimezone(zone).date()
    except OverflowError:
        return at.date()


def days_before(day: date, days: int) -> date:
    """Return the day `days` earlier, or the calendar's first."""
    return date.fromordinal(max(day.toordinal() - days, date.min.toordinal()))


def neighbours(day: date) -> tuple[date | None, date | None]:
    """Return the day before and the day after, None where the calendar ends."""
    one = timedelta(days=1)
    return (day - one if day > date.min else None), (day + one if day < date.max else None)
