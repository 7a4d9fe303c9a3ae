"""Alembic's entry point: one connection, one transaction, one advisory lock."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool, text

from adsum_store.models import Base

MIGRATION_LOCK = 0x4144_5355_4D  # "ADSUM"


def known_object(_object: Any, name: str | None, kind: str, _reflected: bool, _compare: Any) -> bool:  # noqa: ANN401 - Alembic's signature
    """Leave the partitions of `templates` out of comparisons: the models know the parent alone."""
    return not (kind == "table" and name is not None and name.startswith("templates_p"))


def run() -> None:
    """Migrate the database named by the caller's configuration."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        context.configure(connection, target_metadata=Base.metadata, include_object=known_object)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
