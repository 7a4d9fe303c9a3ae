"""`/v1/erasures`, and the erasure of a student."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.erasures.schemas import ErasureOut
from adsum_api.students import erasure as service
from adsum_store.repositories import erasure

router = APIRouter(prefix="/v1", tags=["privacy"], route_class=ContractRoute)


@router.post(
    "/students/{student_id}/erasure",
    dependencies=[needs(Right.ROSTER_WRITE, Right.CONSENT_WRITE)],
    status_code=HTTPStatus.CREATED,
)
def erase_for_good(work: Work, caller: Caller, runtime: Reach, now: Now, student_id: UUID) -> ErasureOut:
    """Erase a student for good, and get the signed receipt.

    Templates, pictures and the key that sealed them, consents, tracks, the student among the candidates of
    sightings: all go. Marks go too, or stay under nobody's name, as the school's `erased_marks` says.
    """
    return ErasureOut.of(service.erase(work, caller, runtime.vault, student_id, now))


@router.get("/erasures", dependencies=[needs(Right.ROSTER_READ)])
def list_erasures(work: Work, caller: Caller, paged: Paged) -> list[ErasureOut]:
    """List the receipts of erasures, oldest first. They name nobody."""
    found = erasure.page(work, caller.school_id, paged.wanted)
    return [ErasureOut.of(row) for row in paged.page(found, lambda row: (row.erased_at, row.id))]


@router.get("/erasures/{erasure_id}", dependencies=[needs(Right.ROSTER_READ)])
def show_erasure(work: Work, caller: Caller, erasure_id: UUID) -> ErasureOut:
    """Show one receipt."""
    return ErasureOut.of(service.show(work, caller, erasure_id))
