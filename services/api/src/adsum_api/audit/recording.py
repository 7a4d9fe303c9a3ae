"""How a feature writes an entry: `record(work, caller, Action.CONSENT_GIVEN, ("student", student_id))`.

What no feature records is recorded by its request: nothing changes by HTTP without an entry.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
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
    audit.append(work, _entry(caller, action, subject, details))


def record_request(work: UnitOfWork, caller: Operator, request: Request) -> None:
    """Log that a request changed something, by the name of its endpoint, unless the endpoint records it."""
    name, ids = request.scope["route"].name, request.path_params
    parameter = next((each for each in ids if each.endswith("_id")), None)
    subject = ("school", caller.school_id) if parameter is None else (parameter[:-3], ids[parameter])
    entry = _entry(caller, Action.REQUEST_DONE, subject, {"operation": name})
    audit.append_unless_spoken(work, entry)


def _entry(
    caller: Operator, action: Action, subject: tuple[str, object], details: Mapping[str, Detail]
) -> NewEntry:
    return NewEntry(
        school_id=caller.school_id,
        actor=caller.key,
        action=action,
        subject=(subject[0], str(subject[1])),
        request_id=get_contextvars().get("request_id"),
        details=details,
    )
