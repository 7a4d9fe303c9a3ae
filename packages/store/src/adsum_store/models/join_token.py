"""One-use tokens by which a classroom's box gets its credentials."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class JoinToken(Row):
    """Known by its SHA-256 alone; it lets a box in for these cameras once, until it expires."""

    __tablename__ = "join_tokens"

    token_sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    camera_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    made_by: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
