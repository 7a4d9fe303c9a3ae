"""`/v1/audit`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.audit.schemas import AuditEntryOut
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Work
from adsum_store.repositories import audit
from adsum_store.repositories.audit import Action, AuditWanted

router = APIRouter(prefix="/v1/audit", tags=["privacy"], route_class=ContractRoute)


@router.get("", dependencies=[needs(Right.AUDIT_READ)])
def list_audit_entries(
    work: Work,
    caller: Caller,
    paged: Paged,
    action: Annotated[Action | None, Query(description="Only what was done so.")] = None,
    subject_id: Annotated[str | None, Query(max_length=200, description="Only about this id.")] = None,
) -> list[AuditEntryOut]:
    """List the audit log, oldest first: who did what to whom. It holds no names.

    Each entry's hash covers the one before it; `adsum-api audit verify` follows the whole chain.
    """
    found = audit.page(work, caller.school_id, AuditWanted(action, subject_id, paged.wanted))
    return [AuditEntryOut.of(row) for row in paged.page(found, lambda row: (row.id,))]
