"""The record as a whole: how many rows it has, and how it is emptied for another to take its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, func, select, table, text

VERSION_TABLE: Final = "alembic_version"
OF_A_SCHOOL: Final = ("students", "staff", "sections", "lessons", "marks")
"""Tables of which a record that nobody uses yet has no row."""


def tables(connection: Connection) -> Sequence[str]:
    """Return the names of all tables, parts of others left out."""
    return connection.scalars(
        text(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
        )
    ).all()


def rows(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        name: connection.scalars(select(func.count()).select_from(table(name))).one()
        for name in tables(connection)
    }


def revision(connection: Connection) -> str:
    """Return which migration was the last."""
    return str(connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}")).one())  # noqa: S608 - our own name


def size_bytes(connection: Connection) -> int:
    """Return what the whole database takes on its disk."""
    return int(connection.scalars(select(func.pg_database_size(func.current_database()))).one())


def in_use(counted: Mapping[str, int]) -> bool:
    """Whether a record with so many rows is somebody's."""
    return any(counted.get(name) for name in OF_A_SCHOOL)


def export_snapshot(connection: Connection) -> str:
    """Return the name by which another connection sees what this transaction sees, while it lasts."""
    return str(connection.scalars(text("SELECT pg_export_snapshot()")).one())


def drop_everything(connection: Connection) -> None:
    """Leave an empty database."""
    connection.execute(text("DROP SCHEMA public CASCADE"))
    connection.execute(text("CREATE SCHEMA public"))
