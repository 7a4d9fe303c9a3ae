"""A school's days, also where the calendar of a computer begins and ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from adsum_api.lessons.days import day_in

ZURICH, NEW_YORK = ZoneInfo("Europe/Zurich"), ZoneInfo("America/New_York")


def test_a_day_goes_from_midnight_to_midnight_of_its_zone() -> None:
    start, end = day_in(ZURICH, date(2026, 2, 11))
    assert (start, end) == (datetime(2026, 2, 10, 23, tzinfo=UTC), datetime(2026, 2, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("zone", [ZURICH, NEW_YORK])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_first_and_the_last_day_have_bounds_as_well(zone: ZoneInfo, day: date) -> None:
    start, end = day_in(zone, day)
    assert start < end
