"""Erasures: the receipts of students who are no more in the record. They name nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Erasure(Row):
    """`counts`: how many rows of each kind went; `marks`: whether marks were `deleted` or `anonymised`.

    `digest`: SHA-256 of the receipt; `signature`: Ed25519 over it, by `public_key`. `tombstone`: the id that
    was erased, for a day alone, so that what was under way with it meanwhile is swept up as well.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        Index("ix_erasures_school_time", "school_id", "erased_at", "id"),
        Index("ix_erasures_tombstone", "tombstone", postgresql_where=text("tombstone IS NOT NULL")),
    )

    erased_at: Mapped[datetime]
    actor: Mapped[str]
    marks: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    tombstone: Mapped[UUID | None]
