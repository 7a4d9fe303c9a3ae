"""Audit entries, out."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from adsum_store.models import AuditEntry


class AuditEntryOut(BaseModel):
    """`hash`: SHA-256 in hex, over this entry and `before`, the hash of the entry before it."""

    id: int
    at: datetime
    actor: str = Field(description="the key of whoever did it: an account, a client, or the operator")
    action: str
    subject_kind: str
    subject_id: str
    request_id: str | None
    details: dict[str, str | int | bool | None]
    before: str
    hash: str

    @classmethod
    def of(cls, row: AuditEntry) -> AuditEntryOut:
        """Show a stored entry."""
        return cls(
            id=row.id,
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            request_id=row.request_id,
            details=row.details,
            before=row.before.hex(),
            hash=row.hash.hex(),
        )
