"""When events happen: rules, exceptions and the change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.timetable.calendars import BadCalendar, read_calendar
from adsum_api.timetable.occurrences import occurrences

ZURICH = ZoneInfo("Europe/Zurich")
YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
NINE_IN_ZURICH = "DTSTART;TZID=Europe/Zurich:20260323T090000\nDTEND;TZID=Europe/Zurich:20260323T094500"


def calendar(*events: str) -> bytes:
    bodies = [f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{event.strip()}\nEND:VEVENT\n" for event in events]
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{''.join(bodies)}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def starts(*events: str, window: tuple[datetime, datetime] = YEAR) -> list[str]:
    read, faults = read_calendar(calendar(*events))
    found, unclear = occurrences(read, window, ZURICH)
    assert (faults, unclear) == ([], [])
    return [f"{each.starts_at:%m-%d %H:%M}" for each in found]


def reason(event: str) -> str:
    read, faults = read_calendar(calendar(event))
    _, unclear = occurrences(read, YEAR, ZURICH)
    (fault,) = (*faults, *unclear)
    return fault.reason


def test_a_lesson_at_nine_is_at_nine_in_summer_too() -> None:
    weekly = f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;COUNT=3"
    assert starts(weekly) == ["03-23 08:00", "03-30 07:00", "04-06 07:00"]


def test_until_is_an_instant_in_utc_and_a_day_belongs_to_it() -> None:
    at_the_last = f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;UNTIL=20260330T070000Z"
    just_before = f"UID:2\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;UNTIL=20260330T065959Z"
    as_a_day = f"UID:3\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;UNTIL=20260330"
    assert len(starts(at_the_last)) == len(starts(as_a_day)) == 2
    assert len(starts(just_before)) == 1


@pytest.mark.parametrize(
    "excluded",
    ["EXDATE;TZID=Europe/Zurich:20260330T090000", "EXDATE:20260330T070000Z", "EXDATE;VALUE=DATE:20260330"],
)
def test_what_is_excluded_is_left_out_in_whatever_zone_it_is_named(excluded: str) -> None:
    weekly = f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;COUNT=3\n{excluded}"
    assert starts(weekly) == ["03-23 08:00", "04-06 07:00"]


def test_an_exception_takes_the_place_of_its_occurrence_and_keeps_its_name() -> None:
    weekly = f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;COUNT=3"
    moved = (
        "UID:1\nRECURRENCE-ID;TZID=Europe/Zurich:20260330T090000\n"
        "DTSTART;TZID=Europe/Zurich:20260331T100000\nDTEND;TZID=Europe/Zurich:20260331T104500"
    )
    read, _ = read_calendar(calendar(moved, weekly))
    found, _ = occurrences(read, YEAR, ZURICH)
    assert [(f"{each.starts_at:%m-%d %H:%M}", each.recurrence_id) for each in found] == [
        ("03-23 08:00", "20260323T080000Z"),
        ("03-31 08:00", "20260330T070000Z"),
        ("04-06 07:00", "20260406T070000Z"),
    ]


def test_a_cancelled_occurrence_is_left_out_and_a_cancelled_series_altogether() -> None:
    weekly = f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;COUNT=2"
    gone = f"UID:1\nRECURRENCE-ID:20260330T070000Z\n{NINE_IN_ZURICH}\nSTATUS:CANCELLED"
    assert starts(weekly, gone) == ["03-23 08:00"]
    assert starts(f"{weekly}\nSTATUS:CANCELLED") == []


def test_an_exception_to_a_time_that_is_excluded_is_none() -> None:
    weekly = f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;COUNT=2\nEXDATE;TZID=Europe/Zurich:20260330T090000"
    moved = f"UID:1\nRECURRENCE-ID:20260330T070000Z\n{NINE_IN_ZURICH}".replace("0323", "0331")
    assert starts(weekly, moved) == ["03-23 08:00"]


def test_of_two_the_higher_sequence_counts() -> None:
    newer = "UID:1\nSEQUENCE:2\nDTSTART:20260401T080000Z\nDTEND:20260401T090000Z"
    older = "UID:1\nSEQUENCE:1\nDTSTART:20260501T080000Z\nDTEND:20260501T090000Z"
    assert starts(newer, older) == starts(older, newer) == ["04-01 08:00"]


def test_days_are_added_and_floating_times_are_the_schools() -> None:
    event = "UID:1\nDTSTART:20260323T090000\nDURATION:PT45M\nRDATE:20260405T100000"
    assert starts(event) == ["03-23 08:00", "04-05 08:00"]


def test_a_whole_day_lasts_from_midnight_to_midnight_of_the_school() -> None:
    read, _ = read_calendar(calendar("UID:1\nDTSTART;VALUE=DATE:20260329"))
    (day,), _ = occurrences(read, YEAR, ZURICH)
    assert day.ends_at - day.starts_at == timedelta(hours=23), "the clocks change on that Sunday"
    assert day.starts_at == datetime(2026, 3, 28, 23, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_is_read_by_the_offset_before() -> None:
    night = "UID:1\nDTSTART;TZID=Europe/Zurich:20260328T023000\nDURATION:PT15M\nRRULE:FREQ=DAILY;COUNT=3"
    assert starts(night) == ["03-28 01:30", "03-29 01:30", "03-30 00:30"]


def test_a_series_in_utc_stays_in_utc() -> None:
    assert starts("UID:1\nDTSTART:20260323T080000Z\nDURATION:PT45M\nRRULE:FREQ=WEEKLY;COUNT=2") == [
        "03-23 08:00", "03-30 08:00",
    ]  # fmt: skip


def test_a_zone_that_the_file_itself_defines_is_used() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Our own\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0500\n"
        "TZOFFSETTO:+0500\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    event = "UID:1\nDTSTART;TZID=Our own:20260323T090000\nDURATION:PT45M\nRRULE:FREQ=DAILY;COUNT=2"
    text = calendar(event).decode().replace("BEGIN:VEVENT", zone.replace("\n", "\r\n") + "BEGIN:VEVENT")
    read, faults = read_calendar(text.encode())
    found, _ = occurrences(read, YEAR, ZURICH)
    assert (faults, [each.starts_at.hour for each in found]) == ([], [4, 4])


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=SECONDLY", "repeats DAILY"),
        (f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;BYHOUR=9", "BYHOUR is not understood"),
        (f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU", "never comes true"),
        (f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never comes true"),
        (f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY;COUNT=2;UNTIL=20260601", "not both"),
        (f"UID:1\n{NINE_IN_ZURICH}\nRRULE:FREQ=WEEKLY\nRRULE:FREQ=DAILY", "several RRULEs"),
        ("UID:1\nDTSTART:19600101T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY", "begins before 1970"),
        ("UID:1\nDTSTART:2026", "DTSTART cannot be understood"),
        ("DTSTART:20260323T080000Z", "has no UID"),
        (f"UID:1\n{NINE_IN_ZURICH}\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260330T070000Z", "RANGE"),
    ],
)
def test_an_event_that_is_not_understood_is_told_and_the_others_are_taken(event: str, says: str) -> None:
    assert says in reason(event)
    other = "UID:2\nDTSTART:20260401T080000Z\nDTEND:20260401T090000Z"
    read, _ = read_calendar(calendar(event, other))
    assert "2" in {each.event.uid for each in occurrences(read, YEAR, ZURICH)[0]}


@pytest.mark.parametrize(
    "content", [b"", b"no calendar", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"]
)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(BadCalendar, match="no iCalendar file"):
        read_calendar(content)


ZONES = st.sampled_from(["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])


@given(
    ZONES, st.dates(date(2025, 1, 1), date(2025, 12, 31)), st.times(), st.integers(1, 3),
    st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR"]), min_size=1),
)  # fmt: skip
def test_by_the_schools_clock_a_lesson_always_begins_at_the_same_time(
    zone: str, first: date, at: time, interval: int, days: set[str]
) -> None:
    at = at.replace(microsecond=0, fold=0)
    event = (
        f"UID:1\nDTSTART;TZID={zone}:{first:%Y%m%d}T{at:%H%M%S}\nDURATION:PT45M\n"
        f"RRULE:FREQ=WEEKLY;INTERVAL={interval};BYDAY={','.join(sorted(days))}"
    )
    read, faults = read_calendar(calendar(event))
    found, unclear = occurrences(read, YEAR, ZoneInfo(zone))
    assert (faults, unclear) == ([], [])
    assert len({each.recurrence_id for each in found}) == len(found) > 0
    for each in found:
        shown = each.starts_at.astimezone(ZoneInfo(zone))
        skipped = datetime.combine(shown.date(), at, ZoneInfo(zone)).astimezone(UTC) != each.starts_at
        assert shown.time().replace(fold=0) == at or not skipped
        assert each.ends_at - each.starts_at == timedelta(minutes=45)


@given(ZONES, st.dates(date(2025, 6, 1), date(2025, 12, 31)), st.integers(0, 300), st.integers(1, 90))
def test_a_window_in_parts_shows_what_the_whole_shows(
    zone: str, first: date, start: int, length: int
) -> None:
    read, _ = read_calendar(
        calendar(
            f"UID:1\nDTSTART;TZID={zone}:{first:%Y%m%d}T023000\nDURATION:PT45M\nRRULE:FREQ=DAILY;INTERVAL=2"
        )
    )
    begin = YEAR[0] + timedelta(days=start)
    middle, end = begin + timedelta(days=length / 3), begin + timedelta(days=length)
    local = ZoneInfo(zone)
    parts = [*occurrences(read, (begin, middle), local)[0], *occurrences(read, (middle, end), local)[0]]
    assert parts == occurrences(read, (begin, end), local)[0]
