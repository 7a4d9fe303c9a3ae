"""From a URL to connections that notice a dead server instead of waiting for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Engine, create_engine

SESSION_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
}

KEEPALIVES: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""What every connection asks of libpq: a server that is gone is noticed after some ten seconds."""


IN_MEMORY = {"random_page_cost": "1.1"}
"""A record of one school lies in memory or on flash, where a row found by its key costs no seek: at the
default of 4, made for turning disks, the planner reads all students rather than look a class up."""


def create_store_engine(
    url: str,
    *,
    pool_size: int = 5,
    application: str = "adsum",
    settings: Mapping[str, str] = SESSION_SETTINGS,
) -> Engine:
    """Return an engine whose pool checks each connection before use, so a restarted server heals itself.

    Raises `sqlalchemy.exc.ArgumentError` for an unusable URL; connects only on first use.
    """
    return create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,  # errors reach the logs; names and embeddings must not
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        connect_args={
            **KEEPALIVES,
            "application_name": application,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        },
    )
