"""What the pages show, in the school's own time and words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.attendance.precedence import PEOPLE
from adsum_api.attendance.rules import STATUSES, Status
from adsum_api.attendance.schemas import Entry, RegisterOut
from adsum_api.cameras.health import SPEAKS_EVERY
from adsum_api.lessons.schemas import LessonOut
from adsum_store.repositories.places import CameraRecord

WORDS: Final[Mapping[str, str]] = {
    "present": "Present",
    "late": "Late",
    "left_early": "Left early",
    "absent": "Absent",
    "excused": "Excused",
    "not_observed": "Not observed",
    "pending_review": "To review",
    "unmarked": "Not yet",
}
BY_HAND: Final[Sequence[Status]] = ("present", "late", "absent", "excused")
REVIEWS: Final[Mapping[str | None, str]] = {
    "may_be_a_picture": "may be a picture: please look",
    "planned_absence": "was not to come, and was seen: please look",
    None: "seen otherwise after the lesson was closed",
}
STATES: Final = {
    "scheduled": "Later", "running": "Now", "closing": "Closing", "closed": "Closed",
    "cancelled": "Cancelled",
}  # fmt: skip
SAID_BY: Final[Mapping[str, str]] = {
    "teacher": "teacher", "office": "office", "guardian": "guardian", "import": "import",
    "planned": "planned absence", "qr": "QR check-in",
}  # fmt: skip
JUST_NOW: Final = timedelta(seconds=15)
SHORT_LESSON: Final = timedelta(minutes=10)
BAR_PX: Final = 1000


@dataclass(frozen=True, slots=True)
class Count:
    """How many students have a status, and their part of the summary bar."""

    status: Status
    word: str
    number: int
    bar_x: int
    bar_width: int


@dataclass(frozen=True, slots=True)
class Row:
    """A student's line; `said_by` names whose word counts, empty for the machine; `why`
    says what a person is asked to look at."""

    student_id: UUID
    number: str
    name: str
    status: str
    word: str
    since: str
    last_seen: str
    just_now: bool
    said_by: str
    by_person: bool
    why: str


@dataclass(frozen=True, slots=True)
class LessonCard:
    """A lesson in the list of a day."""

    id: UUID
    title: str
    room: str
    time: str
    state: str
    state_word: str
    counts: Sequence[Count]


@dataclass(frozen=True, slots=True)
class CameraView:
    """A camera; `state` is `watching`, `capacity_limited`, `no_signal` or `silent`."""

    id: UUID
    name: str
    room_id: UUID
    state: str
    word: str


def title_of(lesson: LessonOut) -> str:
    """Return what a lesson is called."""
    return lesson.section or "Ad-hoc roll call"


def time_of(lesson: LessonOut, zone: ZoneInfo) -> str:
    """Return from when to when, as the school's clocks show it."""
    seconds = lesson.ends_at - lesson.starts_at < SHORT_LESSON
    return (
        f"{clock(lesson.starts_at, zone, seconds=seconds)} – {clock(lesson.ends_at, zone, seconds=seconds)}"
    )


def clock(at: datetime, zone: ZoneInfo, *, seconds: bool) -> str:
    """Return the time of day in `zone`."""
    return at.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def card(lesson: LessonOut, summary: Mapping[str, int], zone: ZoneInfo) -> LessonCard:
    """Return a lesson for the list of its day."""
    return LessonCard(
        id=lesson.id,
        title=title_of(lesson),
        room=lesson.room,
        time=time_of(lesson, zone),
        state=lesson.state,
        state_word=STATES[lesson.state],
        counts=counts_of(summary),
    )


def counts_of(summary: Mapping[str, int]) -> list[Count]:
    """Return the statuses that occur, each with its part of a bar `BAR_PX` wide."""
    occurring = [status for status in STATUSES if summary.get(status)]
    total = sum(summary.values()) or 1
    edges = [0, *(edge * BAR_PX // total for edge in accumulate(summary[s] for s in occurring))]
    return [
        Count(status, WORDS[status], summary[status], left, right - left)
        for status, left, right in zip(occurring, edges, edges[1:], strict=False)
    ]


def rows_of(register: RegisterOut, zone: ZoneInfo, now: datetime) -> list[Row]:
    """Return the lines of a register."""
    lesson = register.lesson
    seconds = lesson.ends_at - lesson.starts_at < SHORT_LESSON
    running = lesson.state in {"running", "closing"}
    return [_row(entry, zone, now, seconds=seconds, running=running) for entry in register.entries]


def _row(entry: Entry, zone: ZoneInfo, now: datetime, *, seconds: bool, running: bool) -> Row:
    def shown(at: datetime | None) -> str:
        return clock(at, zone, seconds=seconds) if at else ""

    just_now = running and entry.last_seen_at is not None and now - entry.last_seen_at <= JUST_NOW
    return Row(
        student_id=entry.student_id,
        number=entry.number,
        name=entry.name,
        status=entry.status,
        word=_word(entry),
        since=shown(entry.first_seen_at),
        last_seen=shown(entry.last_seen_at),
        just_now=just_now,
        why=REVIEWS.get(entry.reason, "") if entry.status == "pending_review" else "",
        said_by="" if entry.status == "unmarked" else SAID_BY.get(entry.source or "machine", ""),
        by_person=entry.source in PEOPLE and entry.status != "unmarked",
    )


def _word(entry: Entry) -> str:
    word = WORDS[entry.status]
    minutes = {"late": entry.minutes_late, "left_early": entry.minutes_early}.get(entry.status)
    return f"{word} · {minutes} min" if minutes else word


def camera_view(record: CameraRecord, now: datetime) -> CameraView:
    """Return a camera's state in words; one that has not spoken for a minute is silent."""
    camera, beat = record.camera, record.heartbeat
    if beat is None or now - beat.at > SPEAKS_EVERY:
        return CameraView(camera.id, camera.name, camera.room_id, "silent", "silent")
    words = {"watching": "watching", "capacity_limited": "watching, at its limit", "no_signal": "no picture"}
    return CameraView(camera.id, camera.name, camera.room_id, beat.state, words.get(beat.state, beat.state))


def long_day(day: date) -> str:
    """Return a day as people say it."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"
