"""A school full of people nobody is, with all its marks, written by the database itself: a million a minute.

Every class has a room with a camera and so many lessons a day, each of a section of its own. The record
ends on `LAST_DAY`; a larger one goes further back, so that a term in it is as long as in a small one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine

from adsum_contracts.models import FACENET_VGGFACE2

LAST_DAY: Final = date(2026, 2, 13)
TERM_DAYS: Final = 40
"""School days, the newest of the record: eight weeks, which begin on `TERM_FROM`."""
TERM_FROM: Final = date(2025, 12, 22)

AT_ONCE: Final = 10
"""School days that are written together."""

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Size:
    """A school: its students, how many make a class, lessons of each a day, and school days on record."""

    students: int = 5_000
    days: int = TERM_DAYS
    a_class: int = 25
    lessons_a_day: int = 5

    @property
    def marks(self) -> int:
        """One a student and lesson."""
        return self.students * self.lessons_a_day * self.days


@dataclass(frozen=True, slots=True)
class Filled:
    """The school, and those whom questions are asked about: lessons of `LAST_DAY`, students, sections."""

    school_id: UUID
    lessons: tuple[UUID, ...]
    students: tuple[UUID, ...]
    sections: tuple[UUID, ...]


def fill(engine: Engine, size: Size, tell: Tell) -> Filled:
    """Commit the school to an empty record, let the planner know its tables, and wait until all of it is
    on disk, as it is in a record that grew over years."""
    wanted = {
        "students": size.students, "classes": size.students // size.a_class, "of_class": size.a_class,
        "lessons": size.lessons_a_day, "days": size.days, "last_day": LAST_DAY,
        "model": FACENET_VGGFACE2.id,
    }  # fmt: skip
    tell("writing a school")
    with engine.begin() as connection:
        _unhurried(connection)
        for statement in SCHOOL:
            connection.exec_driver_sql(statement, wanted)
    for first in range(1, size.days + 1, AT_ONCE):
        done = size.marks * (first - 1) // size.days
        tell(f"writing marks: {done:,} of {size.marks:,}")
        with engine.begin() as connection:
            _unhurried(connection)
            part = {"first": first, "last": first + AT_ONCE - 1}
            connection.exec_driver_sql(MARKS, wanted | part)
    tell("analysing")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql(f"VACUUM ANALYZE {FILLED}")
        connection.exec_driver_sql("CHECKPOINT")  # else what was filled is written while others are timed
        return _filled(connection, size)


def _unhurried(connection: Connection) -> None:
    """Take as long as it takes, and believe what we write: its keys hold by the way they are made."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _filled(connection: Connection, size: Size) -> Filled:
    def ids(query: str) -> tuple[UUID, ...]:
        found: Any = connection.exec_driver_sql(query, {"last_day": LAST_DAY})
        return tuple(found.scalars())

    (school_id,) = ids("SELECT id FROM schools")
    return Filled(
        school_id,
        ids("SELECT id FROM lessons WHERE starts_at >= %(last_day)s ORDER BY id LIMIT 200"),
        ids("SELECT id FROM students ORDER BY id LIMIT 200"),
        ids("SELECT id FROM sections ORDER BY id LIMIT 200"),
    )


FILLED: Final = (
    "students, consents, templates, rooms, cameras, sections, section_enrolments, lessons, marks, "
    "register_entries"
)

SCHOOL: Final = (
    "INSERT INTO schools (id, name, timezone) VALUES (md5('school')::uuid, 'Benchmark', 'Europe/Zurich')",
    """
    INSERT INTO students (id, school_id, number, name)
    SELECT md5('student:' || n)::uuid, md5('school')::uuid, n::text, 'Student ' || n
    FROM generate_series(0, %(students)s - 1) n
    """,
    """
    INSERT INTO consents (id, school_id, student_id, active, basis, given_by, granted_at)
    SELECT md5('consent:' || n)::uuid, md5('school')::uuid, md5('student:' || n)::uuid, true, 'guardian',
        'bench', '2020-01-01'
    FROM generate_series(0, %(students)s - 1) n
    """,
    """
    INSERT INTO templates (id, school_id, student_id, consent_id, model_id, embedding, quality, source,
        source_key, created_at)
    SELECT md5('template:' || n)::uuid, md5('school')::uuid, md5('student:' || n)::uuid,
        md5('consent:' || n)::uuid, %(model)s,
        (array_fill(0, ARRAY[n %% 512]) || 1 || array_fill(0, ARRAY[511 - n %% 512]))::vector,
        0.8, 'photo', 'bench', '2020-01-01'
    FROM generate_series(0, %(students)s - 1) n
    """,
    """
    INSERT INTO rooms (id, school_id, name)
    SELECT md5('room:' || n)::uuid, md5('school')::uuid, 'Room ' || n
    FROM generate_series(0, %(classes)s - 1) n
    """,
    """
    INSERT INTO cameras (id, school_id, room_id, name, key_sealed, is_default)
    SELECT md5('camera:' || n)::uuid, md5('school')::uuid, md5('room:' || n)::uuid, 'Camera ' || n, '', n = 0
    FROM generate_series(0, %(classes)s - 1) n
    """,
    """
    INSERT INTO sections (id, school_id, name, late_after_s)
    SELECT md5('section:' || n)::uuid, md5('school')::uuid, 'Section ' || n, 300
    FROM generate_series(0, %(classes)s * %(lessons)s - 1) n
    """,
    """
    INSERT INTO section_enrolments (id, school_id, section_id, student_id, starts_on)
    SELECT md5('enrolment:' || n || ':' || hour)::uuid, md5('school')::uuid,
        md5('section:' || (n / %(of_class)s * %(lessons)s + hour))::uuid, md5('student:' || n)::uuid,
        '2020-01-01'
    FROM generate_series(0, %(students)s - 1) n, generate_series(0, %(lessons)s - 1) hour
    """,
)
"""What there is of people and places; an id is the hash of what it stands for."""

MARKS: Final = """
    WITH held AS (
        INSERT INTO lessons (id, school_id, section_id, room_id, starts_at, ends_at, late_after_s, closed_at,
            applied_at, key)
        SELECT md5('lesson:' || day || ':' || n)::uuid, md5('school')::uuid, md5('section:' || n)::uuid,
            md5('room:' || n / %(lessons)s)::uuid, starts_at, starts_at + interval '45 minutes', 300,
            starts_at + interval '46 minutes', starts_at + interval '46 minutes', day || ':' || n
        FROM (
            SELECT day::date, row_number() OVER (ORDER BY day DESC) AS place
            FROM generate_series(%(last_day)s::date - 2 * %(days)s - 7, %(last_day)s::date, '1 day') day
            WHERE extract(isodow FROM day) < 6
        ) days,
            generate_series(0, %(classes)s * %(lessons)s - 1) n,
            LATERAL (SELECT (day + time '08:00' + n %% %(lessons)s * interval '1 hour')
                AT TIME ZONE 'Europe/Zurich' AS starts_at) hour
        WHERE place BETWEEN %(first)s AND least(%(last)s, %(days)s)
        RETURNING *
    ), said AS (
        INSERT INTO marks (school_id, lesson_id, student_id, mark_key, status, minutes_late, source, actor,
            first_seen_at, last_seen_at, minutes_present, evidence, marked_at)
        SELECT held.school_id, held.id, student_id, 'machine:after:0', status,
            CASE status WHEN 'late' THEN 7 END, 'machine', 'attendance-rules',
            CASE status WHEN 'absent' THEN NULL WHEN 'late' THEN held.starts_at + interval '7 minutes'
                ELSE held.starts_at + interval '1 minute' END,
            CASE WHEN status <> 'absent' THEN held.ends_at END,
            CASE WHEN status <> 'absent' THEN 38.5 END,
            CASE status WHEN 'absent' THEN '{}' ELSE jsonb_build_object(
                'tracks', jsonb_build_array(held.id),
                'captured_at', to_char(held.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS+00:00')
            ) END,
            held.starts_at + interval '10 minutes'
        FROM held JOIN section_enrolments USING (section_id),
            LATERAL (SELECT coalesce((ARRAY['absent', 'late', 'late', 'left_early'])[
                1 + abs(hashtext(held.key || student_id) %% 50)], 'present') AS status) drawn
        RETURNING *
    )
    INSERT INTO register_entries (id, school_id, lesson_id, student_id, mark_id, status, minutes_late,
        source, first_seen_at, last_seen_at, minutes_present, updated_at)
    SELECT gen_random_uuid(), school_id, lesson_id, student_id, id, status, minutes_late, source,
        first_seen_at, last_seen_at, minutes_present, marked_at
    FROM said
"""
"""So many days, the newest first: their lessons, a mark for everybody in them, and what follows from it."""
