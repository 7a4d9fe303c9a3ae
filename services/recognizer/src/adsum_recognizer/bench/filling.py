"""Schools full of people nobody is, written in bulk: a million templates take minutes, not hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from pgvector.psycopg import register_vector
from psycopg import sql

from adsum_recognizer.bench.people import People
from adsum_recognizer.bench.tell import Tell
from adsum_store.unit_of_work import Store

MODEL: Final = "benchmark"
NOON: Final = datetime(2026, 2, 11, 12, tzinfo=UTC)
TEMPLATES_EACH: Final = 5

_HOUR: Final = timedelta(hours=1)
_TOLD_EVERY: Final = 5_000


@dataclass(frozen=True, slots=True)
class Filled:
    """A school: its students in the order of `People`, and the camera before each roster, by its size.

    A roster of n has the first n students; its lesson is held at `NOON`.
    """

    id: UUID
    students: Sequence[UUID]
    cameras: dict[int, UUID]


def fill(store: Store, people: People, students: int, rosters: Sequence[int], tell: Tell) -> Filled:
    """Commit a school of that many students with `TEMPLATES_EACH` templates each, and a room for each
    roster."""
    filled = Filled(uuid4(), [uuid4() for _ in range(students)], {size: uuid4() for size in rosters})
    consents = [uuid4() for _ in filled.students]
    with store.engine.begin() as connection:
        raw: Any = connection.connection.driver_connection
        register_vector(raw)
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        copy = _Copy(raw, filled.id)
        copy.rows("schools", {"id": "uuid", "name": "text", "timezone": "text"},
                  [(filled.id, f"School of {students}", "UTC")], of_school=False)  # fmt: skip
        copy.rows("students", {"id": "uuid", "number": "text", "name": "text"},
                  ((id_, str(n), f"Student {n}") for n, id_ in enumerate(filled.students)))  # fmt: skip
        copy.rows(
            "consents",
            {"id": "uuid", "student_id": "uuid", "active": "bool", "basis": "text", "given_by": "text",
             "granted_at": "timestamptz"},
            ((id_, student, True, "drawn", "bench", NOON)
             for id_, student in zip(consents, filled.students, strict=True)),
        )  # fmt: skip
        for size, camera in filled.cameras.items():
            _room(copy, camera, filled.students[:size])
        copy.rows("templates", _TEMPLATE, _templates(people, filled.students, consents, tell))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        tell("analysing")
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE templates")
        connection.exec_driver_sql("ANALYZE")
    return filled


_TEMPLATE: Final = {
    "id": "uuid",
    "student_id": "uuid",
    "consent_id": "uuid",
    "model_id": "text",
    "embedding": "vector",
    "quality": "float8",
    "source": "text",
    "source_key": "text",
}


class _Copy:
    """Writes rows by COPY, in PostgreSQL's own binary form."""

    def __init__(self, connection: psycopg.Connection, school_id: UUID) -> None:
        self._connection, self._school_id = connection, school_id

    def rows(
        self, table: str, columns: dict[str, str], rows: Iterable[tuple[Any, ...]], *, of_school: bool = True
    ) -> None:
        """Write them, with the school's id where the table is a school's."""
        columns = columns | ({"school_id": "uuid"} if of_school else {})
        own = (self._school_id,) if of_school else ()
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table), names)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(list(columns.values()))
            for row in rows:
                copy.write_row((*row, *own))


def _room(copy: _Copy, camera: UUID, roster: Sequence[UUID]) -> None:
    """Write a room with a camera, and the lesson of a section of these students."""
    room, section, name = uuid4(), uuid4(), f"Roster of {len(roster)}"
    named = {"id": "uuid", "name": "text"}
    copy.rows("rooms", named, [(room, name)])
    copy.rows("sections", named, [(section, name)])
    copy.rows("cameras", named | {"room_id": "uuid", "key_sealed": "bytea"}, [(camera, name, room, b"")])
    copy.rows(
        "lessons",
        {"id": "uuid", "section_id": "uuid", "room_id": "uuid", "starts_at": "timestamptz",
         "ends_at": "timestamptz", "late_after_s": "int4", "key": "text"},
        [(uuid4(), section, room, NOON - _HOUR, NOON + _HOUR, 300, name)],
    )  # fmt: skip
    copy.rows(
        "section_enrolments",
        {"id": "uuid", "section_id": "uuid", "student_id": "uuid", "starts_on": "date"},
        ((uuid4(), section, student, date(2026, 1, 1)) for student in roster),
    )


def _templates(
    people: People, students: Sequence[UUID], consents: Sequence[UUID], tell: Tell
) -> Iterable[tuple[Any, ...]]:
    drawn = people.templates(range(len(students)), TEMPLATES_EACH)
    for n, (student, consent, vectors) in enumerate(zip(students, consents, drawn, strict=True)):
        if n % _TOLD_EVERY == 0:
            tell(f"writing templates: {n * TEMPLATES_EACH:,} of {len(students) * TEMPLATES_EACH:,}")
        for key, vector in enumerate(vectors):
            yield uuid4(), student, consent, MODEL, vector, 0.8, "photo", str(key)
