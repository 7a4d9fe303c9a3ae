"""Calendars: where lessons come from, kept as they were handed in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Calendar(Row):
    """An iCalendar file, from which lessons are made `weeks_ahead` weeks ahead, day by day.

    `holidays`: its events are days on which no lesson is held. `reading` says which properties name
    sections and rooms. `made_until`: the first day for which no lessons were made yet.
    """

    __tablename__ = "calendars"
    __table_args__ = (UniqueConstraint("school_id", "name"), UniqueConstraint("school_id", "id"))

    name: Mapped[str]
    holidays: Mapped[bool] = mapped_column(server_default="false")
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    reading: Mapped[dict[str, Any]] = mapped_column(JSONB)
    weeks_ahead: Mapped[int]
    imported_at: Mapped[datetime]
    made_until: Mapped[date | None]
