"""How a feature writes an entry: `record(work, caller, Action.CONSENT_GIVEN, ("student", student_id))`."""

from __future__ import annotations

from structlog.contextvars import get_contextvars

from adsum_api.deps import Operator
from adsum_store.audit_chain import Detail
from adsum_store.repositories import audit
from adsum_store.repositories.audit import Action, NewEntry
from adsum_store.unit_of_work import UnitOfWork


def record(
    work: UnitOfWork, caller: Operator, action: Action, subject: tuple[str, object], **details: Detail
) -> None:
    """Log what `caller` does, in the transaction that does it. Ids, codes and counts, never a name."""
    entry = NewEntry(
        school_id=caller.school_id,
        actor=caller.key,
        action=action,
        subject=(subject[0], str(subject[1])),
        request_id=get_contextvars().get("request_id"),
        details=details,
    )
    audit.append(work, entry)
