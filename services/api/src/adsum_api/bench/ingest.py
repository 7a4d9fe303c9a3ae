"""Marks taken in as the api's workers do it: lessons' tracks are there, and `attendance.apply` runs."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.bench.filling import LAST_DAY, Filled
from adsum_api.bench.statements import counted
from adsum_store.engine import IN_MEMORY, SESSION_SETTINGS, create_store_engine
from adsum_store.unit_of_work import Store

LESSONS: Final = 400
READY_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Ingested:
    """How fast: marks written, lessons they are of, by how many worker processes at once, seconds, and SQL
    statements of a lesson."""

    marks: int
    lessons: int
    workers: int
    seconds: float
    statements: int

    @property
    def marks_per_second(self) -> float:
        """Of all workers together."""
        return self.marks / self.seconds


@dataclass(frozen=True, slots=True)
class _Share:
    """What one worker is to do."""

    database_url: str
    school_id: UUID
    lessons: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class _Done:
    """What one worker did, and when, in seconds of the machine's monotonic clock."""

    marks: int
    statements: int
    began: float
    ended: float


def ingest(engine: Engine, filled: Filled, lessons: int = LESSONS) -> Ingested:
    """Hold that many lessons on the day after the record ends, seen by their cameras, and apply each once,
    with a worker for each core, as far as there are two lessons for each."""
    wanted = {"day": LAST_DAY + timedelta(days=3), "lessons": lessons}
    with engine.begin() as connection:
        found: Any = connection.exec_driver_sql(HELD, wanted)
        held = list(found.scalars())
        connection.exec_driver_sql(SEEN, wanted)
    workers = max(1, min(os.cpu_count() or 1, len(held) // 2))
    url = engine.url.render_as_string(hide_password=False)
    shares = [_Share(url, filled.school_id, held[place::workers]) for place in range(workers)]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        list(pool.map(_ready, shares))
        done = list(pool.map(_apply, shares))
    return Ingested(
        marks=sum(each.marks for each in done),
        lessons=len(held) - workers,
        workers=workers,
        seconds=max(each.ended for each in done) - min(each.began for each in done),
        statements=sum(each.statements for each in done) // (len(held) - workers),
    )


def _ready(_: _Share) -> None:
    """Let a process begin and import what it needs, which a worker has done long before a lesson."""
    time.sleep(READY_S)  # each task to a process of its own


def _apply(share: _Share) -> _Done:
    """Apply a share's lessons, timed from the second on: a worker has built its statements long before."""
    settings = SESSION_SETTINGS | IN_MEMORY
    engine = create_store_engine(share.database_url, application="adsum-bench", settings=settings)
    store, agreement = Store(engine), Agreement()

    def applied(lesson_id: UUID) -> int:
        with store.begin() as work:
            return service.apply(work, share.school_id, lesson_id, agreement)

    first, *others = share.lessons
    applied(first)
    began = time.perf_counter()  # one clock for all processes of a machine
    with counted(engine) as count:
        marks = sum(applied(lesson_id) for lesson_id in others)
    ended = time.perf_counter()
    engine.dispose()
    return _Done(marks, count.statements, began, ended)


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
