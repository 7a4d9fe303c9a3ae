"""Consent texts: what people were told when they consented. Never edited, only succeeded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class ConsentText(Row):
    """One version in one language; the same version in another language says the same.

    A trigger refuses UPDATE and DELETE: a consent points at the very words that were agreed to.
    """

    __tablename__ = "consent_texts"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "version", "language"),
        CheckConstraint("version > 0", name="version_counts_from_one"),
    )

    language: Mapped[str]
    """A tag of BCP 47, such as `de` or `pt-BR`."""
    version: Mapped[int]
    body: Mapped[str]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """Of `body` in UTF-8."""
    valid_from: Mapped[datetime]
    renew_by: Mapped[datetime | None]
    """When consents to earlier versions lapse; None where they stay good."""
