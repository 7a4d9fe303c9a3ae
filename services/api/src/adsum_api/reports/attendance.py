"""Registers and attendance as reports: columns, rates and totals. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from adsum_api.attendance.codes import CodeSet
from adsum_api.attendance.rules import STATUSES
from adsum_api.lessons.days import local_day
from adsum_api.reports.report import Column, Row, Table
from adsum_store.repositories.attended import Attended, Grouping, Tally

TITLES: Final[Mapping[str, str]] = {
    "present": "Present",
    "late": "Late",
    "left_early": "Left early",
    "absent": "Absent",
    "excused": "Excused",
    "not_observed": "Not observed",
    "pending_review": "To review",
    "unmarked": "Not marked",
}
MEANINGS: Final[Mapping[str, str]] = {
    "present": "was there",
    "late": "came after the lesson's grace",
    "left_early": "was not there to the end",
    "absent": "was not there",
    "excused": "was not there, for a reason that a person accepted",
    "not_observed": "the camera did not watch the room long enough to say",
    "pending_review": "a person is to decide",
    "unmarked": "nobody has said anything yet",
}
LEGEND: Final = (
    *((TITLES[status], MEANINGS[status]) for status in STATUSES),
    ("Attendance", "present, late or left early, of these and those absent or excused"),
)
USUAL_CODES: Final = CodeSet()

REGISTER: Final = (
    Column("date", "Date", "day", 11),
    Column("starts_at", "From", "instant", 16),
    Column("ends_at", "To", "instant", 16),
    Column("section", "Section", "text", 16),
    Column("room", "Room", "text", 14),
    Column("number", "Number", "text", 10),
    Column("name", "Name", "text", 28),
    Column("status", "Status", "text", 14, TITLES),
    Column("minutes_late", "Minutes late", "whole", 8),
    Column("first_seen_at", "First seen", "instant", 16),
    Column("last_seen_at", "Last seen", "instant", 16),
    Column("minutes_present", "Minutes seen", "decimal", 8),
    Column("source", "Said by", "text", 10),
    Column("reason", "Reason", "text", 20),
    Column("minutes_early", "Minutes early", "whole", 8),
    Column("code", "Code", "text", 8),
)

_GROUPS: Final[Mapping[Grouping, tuple[Column, ...]]] = {
    "student": (Column("number", "Number", "text", 10), Column("name", "Name", "text", 28)),
    "section": (Column("section", "Section", "text", 24),),
    "lesson": (
        Column("starts_at", "Lesson", "instant", 16),
        Column("section", "Section", "text", 16),
        Column("room", "Room", "text", 14),
    ),
    "day": (Column("date", "Date", "day", 11),),
    "week": (Column("week", "Week from", "day", 11),),
}
_COUNTS: Final = (
    Column("entries", "Marks", "whole", 8),
    *(Column(status, TITLES[status], "whole", 8) for status in STATUSES),
    Column("minutes_late", "Minutes late", "whole", 8),
    Column("attendance_rate", "Attendance", "share", 10),
)


def register_table(
    entries: Iterable[Attended], zone: ZoneInfo, codes: CodeSet = USUAL_CODES, *, of_one_lesson: bool
) -> Table:
    """Return one row a student and lesson; a page about one lesson says only once which."""
    rows = (_register_row(each, zone, codes) for each in entries)
    paper = ("number", "name", "status", "minutes_late", "first_seen_at", "last_seen_at", "source", "reason")
    place = () if of_one_lesson else ("starts_at", "section", "room")
    return Table("Register", REGISTER, rows, paper=place + (paper if of_one_lesson else paper[:4]))


def tally_table(name: str, by: Grouping, tallies: Sequence[Tally], codes: CodeSet = USUAL_CODES) -> Table:
    """Return one row a group, and their sum."""
    columns = _GROUPS[by] + _COUNTS
    everything: Row = ("All", *([None] * (len(_GROUPS[by]) - 1)), *_counts(sum_of(tallies), codes))
    return Table(name, columns, [(*_named(each), *_counts(each, codes)) for each in tallies], everything)


def sum_of(tallies: Iterable[Tally]) -> Tally:
    """Return the tally of everything that `tallies` count."""
    statuses: Counter[str] = Counter()
    coded: Counter[tuple[str, str]] = Counter()
    entries = minutes_late = 0
    for each in tallies:
        statuses.update(each.statuses)
        coded.update(each.coded)
        entries += each.entries
        minutes_late += each.minutes_late
    return Tally((), entries, dict(statuses), minutes_late, dict(coded))


def rate_of(tally: Tally, codes: CodeSet = USUAL_CODES) -> float | None:
    """Return the share attended of what is known: attended / (attended + absent + excused), or None.

    An excused lesson was missed all the same, unless the school's `codes` say otherwise of its code; what
    nobody observed, or has yet to decide, says nothing.
    """
    counted: Counter[str] = Counter()
    for status, entries in tally.statuses.items():
        counted[codes.counts_as(status, None)] += entries
    for (status, code), entries in tally.coded.items():
        counted[codes.counts_as(status, None)] -= entries
        counted[codes.counts_as(status, code)] += entries
    attended, missed = counted["attended"], counted["missed"]
    return attended / (attended + missed) if attended + missed else None


def _register_row(entry: Attended, zone: ZoneInfo, codes: CodeSet) -> Row:
    return (
        local_day(zone, entry.starts_at), entry.starts_at, entry.ends_at, entry.section or "ad hoc",
        entry.room, entry.number, entry.name, entry.status, entry.minutes_late, entry.first_seen_at,
        entry.last_seen_at, entry.minutes_present, entry.source, entry.reason, entry.minutes_early,
        codes.code_of(entry.status, entry.code),
    )  # fmt: skip


def _named(tally: Tally) -> Row:
    return tuple("ad hoc" if part is None else part for part in tally.group)


def _counts(tally: Tally, codes: CodeSet) -> Row:
    said = (tally.statuses.get(status, 0) for status in STATUSES)
    return (tally.entries, *said, tally.minutes_late, rate_of(tally, codes))
