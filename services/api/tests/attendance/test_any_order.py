"""The stored register: what came first, what came twice and who joined later change nothing in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.projection import TOLD
from adsum_contracts.models import FACENET_VGGFACE2
from adsum_store.models import (
    CameraHeartbeat,
    Lesson,
    Mark,
    RegisterEntry,
    School,
    SectionEnrolment,
    Student,
    Track,
)
from adsum_store.repositories import register

MIDNIGHT: Final = datetime(2026, 2, 12, tzinfo=UTC)
AGREED: Final = Agreement()
ON_ONE_RECORD: Final = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""Each example holds lessons of its own, on days of their own, in the record of the test."""

Register = dict[UUID, tuple[Any, ...]]

spans = st.tuples(st.integers(-10, 60), st.integers(0, 50)).map(lambda each: (each[0], sum(each)))
seen = st.lists(st.tuples(st.integers(0, 2), spans), max_size=6)
"""Tracks: whose, and from which minute of the lesson to which."""
watched = st.lists(spans, max_size=4)


class Day:
    """A lesson on a day that has no other; times are minutes after its beginning."""

    def __init__(self, classroom: Any, day: int, hour: int = 9) -> None:
        self.room, self.begins = classroom, MIDNIGHT + timedelta(days=day, hours=hour)
        self.lesson_id = classroom.lesson(self.begins)

    def tracked(self, track_id: UUID, student_id: UUID, start: int, end: int) -> None:
        """Commit a track as far as it is known, in place of what was known of it."""
        row = Track(
            id=track_id, school_id=self.room.school_id, camera_id=self.room.camera_id,
            lesson_id=self.lesson_id, started_at=self._at(start), last_seen_at=self._at(end),
            captured_at=self._at(end), decision="recognised", student_id=student_id, sightings=2,
        )  # fmt: skip
        with self.room.store.begin() as work:
            work.session.merge(row)

    def covered(self, start: int, end: int) -> None:
        self.room.add(
            CameraHeartbeat(
                school_id=self.room.school_id, camera_id=self.room.camera_id, spool_id=uuid4(), sequence=0,
                since=self._at(start), at=self._at(end), state="watching", frames=1, frames_dropped=0,
                faces=0, faces_too_small=0, spool_depth=0, tracks=[],
            )
        )  # fmt: skip

    def apply(self) -> None:
        with self.room.store.begin() as work:
            service.apply(work, self.room.school_id, self.lesson_id, AGREED)

    def close(self) -> None:
        with self.room.store.begin() as work:
            service.close(work, self.room.school_id, self.lesson_id, AGREED, self._at(50))

    def register(self) -> Register:
        """Return each student's entry, its times as distances from the lesson's beginning."""
        with self.room.store.begin() as work:
            query = select(RegisterEntry).where(RegisterEntry.lesson_id == self.lesson_id)
            return {
                each.student_id: (
                    *(getattr(each, name) for name in TOLD), each.minutes_present,
                    *(at and at - self.begins for at in (each.first_seen_at, each.last_seen_at)),
                )
                for each in work.session.scalars(query)
            }  # fmt: skip

    def expected(self) -> set[UUID]:
        """Return who is on the lesson's roster."""
        with self.room.store.begin() as work:
            lesson = work.session.get_one(Lesson, self.lesson_id)
            return {each.student_id for each in register.roster(work, lesson, FACENET_VGGFACE2.id)}

    def marks(self) -> int:
        with self.room.store.begin() as work:
            return len(work.session.scalars(select(Mark.id).where(Mark.lesson_id == self.lesson_id)).all())

    def _at(self, minutes: int) -> datetime:
        return self.begins + timedelta(minutes=minutes)


@pytest.fixture
def people(classroom: Any) -> list[UUID]:
    """Three of the section; the last has no template, and is nobody the camera can miss."""
    return [classroom.student(str(n), consent=n < 3) for n in (1, 2, 3)]


def straight(day: Day, people: Sequence[UUID], seen: Any, watched: Any) -> Register:
    """Return the register of a lesson whose evidence was all there before anybody looked."""
    for whose, (start, end) in seen:
        day.tracked(uuid4(), people[whose], start, end)
    for span in watched:
        day.covered(*span)
    day.apply()
    day.close()
    return day.register()


@ON_ONE_RECORD
@given(seen=seen, watched=watched, random=st.randoms(use_true_random=False), copies=st.integers(1, 2))
def test_the_same_sightings_in_any_order_and_number_give_the_same_register(
    classroom: Any, people: list[UUID], seen: Any, watched: Any, random: Any, copies: int
) -> None:
    days = count_of(classroom)
    expected = straight(Day(classroom, next(days)), people, seen, watched)
    day = Day(classroom, next(days))
    steps: list[Any] = [(day.covered, span) for span in watched]
    for whose, (start, end) in seen:
        steps += [(day.tracked, (uuid4(), people[whose], start, end))] * copies
    steps += [(day.apply, ())] * (len(steps) // 2)
    random.shuffle(steps)
    for do, what in steps:
        do(*what)
    day.close()
    assert day.register() == expected
    marks = day.marks()
    for _ in range(2):
        day.apply()
    assert (day.register(), day.marks()) == (expected, marks), "asked again, nothing is added"


def count_of(classroom: Any) -> Any:
    """Return days of this record that nothing was held on."""
    if not hasattr(classroom, "days"):
        classroom.days = count()
    return classroom.days


zones = st.sampled_from(["Pacific/Auckland", "America/Los_Angeles", "Europe/Zurich", "Asia/Kathmandu"])
stays = st.tuples(st.integers(-2, 2), st.none() | st.integers(0, 2))
"""From which day on, counted from the lesson's, and for how many days more."""


@ON_ONE_RECORD
@given(zone=zones, hour=st.integers(0, 23), stay=stays, seen=seen)
def test_who_joins_the_section_later_is_in_the_lessons_of_their_days_alone(
    classroom: Any, people: list[UUID], zone: str, hour: int, stay: tuple[int, int | None], seen: Any
) -> None:
    """A roster that arrives when the lesson is over; its days are days of the school's calendar."""
    with classroom.store.begin() as work:
        work.session.execute(update(School).values(timezone=zone))
    day = Day(classroom, next(count_of(classroom)), hour)
    before = straight(day, people, seen, [(0, 45)])
    first, more = stay
    late = enrolled(classroom, day.begins.astimezone(ZoneInfo(zone)).date(), first, more)
    day.apply()
    told = day.register()
    assert {student: told[student] for student in before} == before, "nobody's earlier word changes"
    assert late not in told, "what was closed without them says nothing of them"
    assert (late in day.expected()) == (first <= 0 and (more is None or first + more >= 0))


def enrolled(classroom: Any, local: date, first: int, more: int | None) -> UUID:
    """Return a new student of the section from `first` days after the date on."""
    student_id, starts_on = uuid4(), local + timedelta(days=first)
    ends_on = None if more is None else starts_on + timedelta(days=more)
    classroom.add(
        Student(id=student_id, school_id=classroom.school_id, number=str(student_id), name="Late"),
        SectionEnrolment(
            school_id=classroom.school_id, section_id=classroom.section_id, student_id=student_id,
            starts_on=starts_on, ends_on=ends_on,
        ),
    )  # fmt: skip
    return student_id
