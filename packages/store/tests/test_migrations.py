"""The migrations make exactly what the models say."""

from __future__ import annotations

from sqlalchemy import text

from adsum_store.migrations import check, upgrade
from adsum_store.unit_of_work import Store


def test_models_and_migrations_agree(database_url: str) -> None:
    check(database_url)


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    upgrade(database_url)
    check(database_url)


def test_vectors_lie_in_their_rows(store: Store) -> None:
    """Out of them an exact search takes almost three times as long: docs/decisions/0030."""
    storage = "SELECT attstorage FROM pg_attribute WHERE attname = 'embedding' AND attrelid = {}::regclass"
    with store.begin() as work:
        tables = ["templates", *(f"templates_p{part}" for part in range(8))]
        kinds = {work.session.scalar(text(storage.format(f"'{table}'"))) for table in tables}
    assert kinds == {"p"}
