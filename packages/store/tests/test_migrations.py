"""The migrations make exactly what the models say."""

from __future__ import annotations

from adsum_store.migrations import check, upgrade


def test_models_and_migrations_agree(database_url: str) -> None:
    check(database_url)


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    upgrade(database_url)
    check(database_url)
