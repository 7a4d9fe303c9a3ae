"""Sessions: somebody is signed in at a browser."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Session(Row):
    """An account's, until it ends. `token_hash`: SHA-256 of the 256 random bits in the browser's cookie."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "account_id"], ["accounts.school_id", "accounts.id"], ondelete="CASCADE"
        ),
    )

    account_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
