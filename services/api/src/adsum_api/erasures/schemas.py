"""Receipts of erasures, out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from adsum_api.students.erasure import said
from adsum_store.models import Erasure


class ErasureOut(BaseModel):
    """A receipt that names nobody: `counts` of what was erased, and, of marks that stay under nobody's name,
    `marks_kept`. Keep it: it is the proof."""

    id: UUID
    erased_at: datetime
    by: str = Field(description="the key of whoever did it")
    marks: Literal["deleted", "anonymised"]
    counts: dict[str, int]
    receipt: str = Field(description="the very text that was hashed and signed")
    digest: str = Field(description="SHA-256 of `receipt`, in hex; it stands in the audit log too")
    signature: str = Field(description="Ed25519 (RFC 8032) over `receipt`, in hex")
    public_key: str = Field(description="the installation's, in hex; compare it with that of other receipts")

    @classmethod
    def of(cls, row: Erasure) -> ErasureOut:
        """Show a stored receipt."""
        return cls(
            id=row.id,
            erased_at=row.erased_at,
            by=row.actor,
            marks="anonymised" if row.marks == "anonymised" else "deleted",
            counts=row.counts,
            receipt=said(row).decode(),
            digest=row.digest.hex(),
            signature=row.signature.hex(),
            public_key=row.public_key.hex(),
        )
