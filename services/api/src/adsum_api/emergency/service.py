"""Where every student was last seen today, as a report and as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.lessons.days import day_in, local_day
from adsum_api.reports.attendance import TITLES
from adsum_api.reports.report import Column, Report, Table, local_text
from adsum_store.models import School
from adsum_store.repositories import whereabouts
from adsum_store.repositories.whereabouts import Whereabouts
from adsum_store.unit_of_work import UnitOfWork

COLUMNS: Final = (
    Column("room", "Last seen in", "text", 16),
    Column("seen_at", "At", "instant", 16),
    Column("number", "Number", "text", 10),
    Column("name", "Name", "text", 30),
    Column("section", "Section", "text", 16),
    Column("source", "Said by", "text", 12, {"machine": "camera", "qr": "QR check-in"}),
    Column("status", "Status", "text", 14, TITLES),
    Column("here", "Here", "text", 6),
)
LEGEND: Final = (
    ("Here", "tick by hand at the meeting point"),
    ("Not seen today", "no camera and no person has said that they came; they stand last"),
)


def seen_today(work: UnitOfWork, school: School, now: datetime) -> Sequence[Whereabouts]:
    """Return every student: first those who were seen, room by room and the newest first, then the others."""
    zone = ZoneInfo(school.timezone)
    found = whereabouts.of_day(work, school.id, *day_in(zone, local_day(zone, now)))
    return ordered(found)


def ordered(found: Sequence[Whereabouts]) -> Sequence[Whereabouts]:
    """Sort by room, then by time, the newest first; who was not seen stands last. Pure."""
    seen = sorted((each for each in found if each.seen_at is not None), key=_newest_first)
    seen.sort(key=lambda each: each.room or "")
    return [*seen, *(each for each in found if each.seen_at is None)]


def report_of(found: Sequence[Whereabouts], school: School, now: datetime) -> Report:
    """Return the list as a report, with how many were last seen in each room."""
    zone = ZoneInfo(school.timezone)
    rooms = Counter(each.room or "Not seen today" for each in found)
    facts = (
        ("School", school.name),
        ("As of", f"{local_text(now, zone)} ({zone.key})"),
        ("Students", str(len(found))),
        ("Last seen in", ", ".join(f"{room}: {count}" for room, count in rooms.items())),
    )
    rows = (
        (each.room or "not seen today", each.seen_at, each.number, each.name, each.section, each.source,
         each.status, None)
        for each in found
    )  # fmt: skip
    table = Table("Students", COLUMNS, rows, paper=("room", "seen_at", "number", "name", "section", "here"))
    return Report("Emergency list", facts, (table,), zone, now, LEGEND)


def _newest_first(each: Whereabouts) -> tuple[float, str, UUID]:
    assert each.seen_at is not None  # noqa: S101 - for mypy: these were seen
    return -each.seen_at.timestamp(), each.number, each.student_id
