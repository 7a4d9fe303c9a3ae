"""What was written under any earlier revision is still there, and says the same, at the newest one.

The rows are made from the schema as it is at each revision, so that a new migration is tried without
anybody's having to think of it: a row a table and revision, every column filled.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from alembic.script import ScriptDirectory
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import Column, Connection, Engine, MetaData, Table, create_engine, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from adsum_local.postgres_server import PostgresServer
from adsum_store.migrations import alembic_config, check, upgrade

Written = list[tuple[str, dict[str, Any]]]

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
MEANT = {
    "accounts.role": "auditor",
    "schools.timezone": "Europe/Zurich",
    "schools.known_elsewhere": "with_name",
    "schools.jurisdiction": "unspecified",
    "consents.expires_at": datetime(9000, 1, 1, tzinfo=UTC),
    "students.refuses_since": None,
    "schools.consent_rule": "one_unopposed",
    "guardians.relation": "parent",
    "guardians.ended_at": None,
    "consent_words.ends_at": datetime(9000, 1, 1, tzinfo=UTC),
    "consent_words.says": "given",
    "consent_words.by_student": False,
    "schools.erased_marks": "anonymised",
    "consents.consent_active": True,
    "lessons.ends_at": NINE + timedelta(minutes=45),
    "section_enrolments.ends_on": date(2026, 7, 1),
    "terms.ends_on": date(2026, 7, 1),
    "model_choices.share": 0.5,
    "register_signings.act": "finalised",
    "webhooks.disabled_reason": "gone",
    "webhook_deliveries.state": "failed",
    "absence_warnings.kind": "days",
    "absence_warnings.state": "held",
    "camera_admissions.spare_phase": "previous",
}
"""Columns whose rules (CHECK) a made-up value would break."""
TWICE = {"sections"}
"""Tables that others speak of twice, and mean two rows."""
CHANGED_ON_PURPOSE: dict[str, str] = {}
"""Columns whose values a later migration rewrites, and why."""


@pytest.fixture
def empty_database(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a database without a table."""
    name = f"rows_{uuid4().hex}"
    admin = create_engine(postgres.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.url.rpartition("/")[0] + f"/{name}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def revisions() -> list[str]:
    """Every revision, oldest first."""
    script = ScriptDirectory.from_config(alembic_config("postgresql://"))
    return [each.revision for each in reversed(list(script.walk_revisions()))]


def test_rows_of_every_revision_survive_to_the_newest(empty_database: str) -> None:
    engine, written = create_engine(empty_database), Written()
    for count, revision in enumerate(revisions()):
        upgrade(empty_database, revision)
        with engine.begin() as connection:
            written += _fill(connection, f"{revision} {count}")
    check(empty_database)
    tables = {name for name, _ in written}
    schema = _schema(engine)
    assert {"marks", "templates", "section_enrolments", "kept_answers"} <= tables
    with engine.connect() as connection:
        differences = [_difference(connection, schema, name, row) for name, row in written]
    assert [each for each in differences if each] == []
    engine.dispose()


def _fill(connection: Connection, word: str) -> Written:
    """Write into every table, each row belonging to the rows before it; return what was written."""
    schema = MetaData()
    schema.reflect(connection)
    written: Written = []
    for table in schema.sorted_tables:
        if table.name.startswith(("templates_p", "alembic_version")):
            continue
        for each in range(2 if table.name in TWICE else 1):
            row = _row(table, written, f"{word} {each}")
            try:
                kept = connection.execute(insert(table).values(row).returning(*table.columns))
            except IntegrityError as error:
                pytest.fail(f"say in MEANT what a row of {table.name} may hold at {word}: {error.orig}")
            written.append((table.name, dict(kept.mappings().one())))
    return written


def _row(table: Table, written: Written, word: str) -> dict[str, Any]:
    """Fill every column; of several keys to one table each points to another of its rows, if there are."""
    values = {
        column.name: MEANT.get(f"{table.name}.{column.name}", _value(column, word))
        for column in table.columns
        if column.identity is None and not column.computed
    }
    pointed: Counter[str] = Counter()
    for key in sorted(table.foreign_key_constraints, key=lambda each: len(each.columns)):
        name = key.referred_table.name
        parents = [row for of, row in written if of == name]
        parent = parents[pointed[name] % len(parents)] if parents else {"id": None}  # the first of a tree
        pointed[name] += 1
        values |= {
            each.parent.name: parent[each.column.name] for each in key.elements if each.column.name in parent
        }
    return values


def _value(column: Column[Any], word: str) -> Any:
    """Make up a value of the column's type."""
    if isinstance(column.type, VECTOR):
        return np.eye(512, dtype=np.float32)[0]
    if isinstance(column.type, JSONB):
        return {"revision": word}
    return {
        "str": f"{column.name} {word}", "UUID": uuid4(), "datetime": NINE, "date": NINE.date(),
        "bytes": word.encode(), "bool": True, "int": 7, "float": 0.5, "list": [], "time": NINE.time(),
        "timedelta": timedelta(minutes=5), "Decimal": 1,
    }[column.type.python_type.__name__]  # fmt: skip


def _schema(engine: Engine) -> MetaData:
    schema = MetaData()
    schema.reflect(engine)
    return schema


def _difference(connection: Connection, schema: MetaData, name: str, row: dict[str, Any]) -> str:
    """Say what became of a row, or nothing where it is as it was."""
    table = schema.tables[name]
    key = [column for column in table.primary_key.columns if column.name in row]
    now = connection.execute(select(table).where(*(column == row[column.name] for column in key)))
    found = now.mappings().one_or_none()
    if found is None:
        return f"a row of {name} is gone"
    kept = [column for column in row if column in found and f"{name}.{column}" not in CHANGED_ON_PURPOSE]
    changed = [column for column in kept if _plain(found[column]) != _plain(row[column])]
    return f"{name}: {changed}" if changed else ""


def _plain(value: Any) -> str:
    return json.dumps(value.tolist() if isinstance(value, np.ndarray) else value, default=str, sort_keys=True)


def test_a_row_that_a_migration_loses_is_noticed(empty_database: str) -> None:
    upgrade(empty_database)
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        room = next(row for name, row in _fill(connection, "head") if name == "rooms")
        seen = partial(_difference, connection, _schema(engine), "rooms")
        assert seen(room) == ""
        assert seen(room | {"name": "another"}) == "rooms: ['name']"
        assert seen(room | {"id": UUID(int=1)}) == "a row of rooms is gone"
    engine.dispose()
