"""Marks taken in as the api's worker does it: a lesson's tracks are there, and `attendance.apply` runs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Engine

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.bench.filling import LAST_DAY, Filled
from adsum_api.bench.statements import counted
from adsum_store.unit_of_work import Store

LESSONS: Final = 200


@dataclass(frozen=True, slots=True)
class Ingested:
    """How fast: marks written, lessons they are of, seconds, and SQL statements of a lesson."""

    marks: int
    lessons: int
    seconds: float
    statements: int

    @property
    def marks_per_second(self) -> float:
        """Of one worker."""
        return self.marks / self.seconds


def ingest(engine: Engine, filled: Filled, lessons: int = LESSONS) -> Ingested:
    """Hold that many lessons on the day after the record ends, seen by their cameras, and apply each once."""
    wanted = {"day": LAST_DAY + timedelta(days=3), "lessons": lessons}
    with engine.begin() as connection:
        found: Any = connection.exec_driver_sql(HELD, wanted)
        held = list(found.scalars())
        connection.exec_driver_sql(SEEN, wanted)
    store, agreement = Store(engine), Agreement()
    with counted(engine) as count:
        began, marks = time.perf_counter(), 0
        for lesson_id in held:
            with store.begin() as work:
                marks += service.apply(work, filled.school_id, lesson_id, agreement)
        seconds = time.perf_counter() - began
    return Ingested(marks, len(held), seconds, count.statements // max(1, len(held)))


HELD: Final = """
    INSERT INTO lessons (id, school_id, section_id, room_id, starts_at, ends_at, late_after_s, key)
    SELECT md5('today:' || section.name)::uuid, section.school_id, section.id, room.id,
        %(day)s::date + time '09:00', %(day)s::date + time '09:45', 300, 'today:' || section.name
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM sections) section
        JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS rooms FROM rooms) room
        ON room.place = section.place %% rooms + 1
    ORDER BY section.id LIMIT %(lessons)s
    RETURNING id
"""

SEEN: Final = """
    INSERT INTO tracks (id, school_id, camera_id, lesson_id, started_at, last_seen_at, captured_at, decision,
        student_id, score, margin, sightings)
    SELECT gen_random_uuid(), lesson.school_id, camera.id, lesson.id, lesson.starts_at + interval '1 minute',
        lesson.ends_at, lesson.ends_at, 'recognised', student_id, 0.9, 0.2, 12
    FROM lessons lesson JOIN section_enrolments USING (section_id) JOIN cameras camera USING (room_id)
    WHERE lesson.starts_at >= %(day)s::date
"""
