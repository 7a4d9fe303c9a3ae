"""Students: a number that the school gave, and a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Student(Row):
    """`number` is the school's own enrolment number (the demo's `enrollment`), unique in the school."""

    __tablename__ = "students"
    __table_args__ = (UniqueConstraint("school_id", "number"), UniqueConstraint("school_id", "id"))

    number: Mapped[str]
    name: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
