"""A school's days: from midnight to midnight in its zone, 23 to 25 hours long. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def day_in(zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    """Return the first instant of `day` and of the next one, in UTC."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    return start, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def local_day(zone: ZoneInfo, at: datetime) -> date:
    """Return the day that the school's calendar shows at `at`."""
    return at.astimezone(zone).date()
