"""`/v1/students/{student_id}/consent` and `…/guardians`: who said what."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.consents import guardians
from adsum_api.consents.schemas import GuardianConsentIn, GuardianIn, GuardianOut, StandingOut
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.students import service as students
from adsum_store.repositories import consent_words

router = APIRouter(prefix="/v1/students/{student_id}", tags=["consents"], route_class=ContractRoute)


@router.get("/consent", dependencies=[needs(Right.ROSTER_READ)], summary="Show what everybody said")
def show_consent(work: Work, caller: Caller, now: Now, student_id: UUID) -> StandingOut:
    """Show whether a face of this student may be kept, why not, and the last word of each parent and of the
    student."""
    return guardians.show(work, caller, student_id, now)


@router.get("/guardians", dependencies=[needs(Right.ROSTER_READ)], summary="List a student's parents")
def list_guardians(work: Work, caller: Caller, paged: Paged, student_id: UUID) -> list[GuardianOut]:
    """List the registered parents by name."""
    students.get(work, caller, student_id)
    found = consent_words.page_of_guardians(work, caller.school_id, student_id, paged.wanted)
    return [GuardianOut.model_validate(each) for each in paged.page(found, lambda row: (row.name, row.id))]


@router.post(
    "/guardians",
    dependencies=[needs(Right.CONSENT_WRITE)],
    status_code=HTTPStatus.CREATED,
    summary="Register a parent",
)
def register_guardian(
    work: Work, caller: Caller, now: Now, student_id: UUID, guardian: GuardianIn
) -> GuardianOut:
    """Register a parent, with their consent if it came along.

    Where the school asks every parent, one more who has not consented would end a consent that is there:
    that is refused (409).
    """
    return GuardianOut.model_validate(guardians.register(work, caller, student_id, guardian, now))


@router.delete(
    "/guardians/{guardian_id}", dependencies=[needs(Right.CONSENT_WRITE)], summary="Remove a parent"
)
def remove_guardian(work: Work, caller: Caller, now: Now, student_id: UUID, guardian_id: UUID) -> StandingOut:
    """Let a parent's word count no longer: their consent, and their refusal. What they said stays written."""
    return guardians.remove(work, caller, student_id, guardian_id, now)


@router.post(
    "/guardians/{guardian_id}/consent",
    dependencies=[needs(Right.CONSENT_WRITE)],
    summary="Record a parent's consent",
)
def give_as_guardian(
    work: Work, caller: Caller, now: Now, student_id: UUID, guardian_id: UUID, consent: GuardianConsentIn
) -> StandingOut:
    """Record that this parent consents, or does so anew. Whether it is enough is in the answer."""
    return guardians.give(work, caller, student_id, guardian_id, consent, now)


@router.delete(
    "/guardians/{guardian_id}/consent",
    dependencies=[needs(Right.CONSENT_WRITE)],
    summary="Record that a parent withdraws",
)
def withdraw_as_guardian(
    work: Work, caller: Caller, now: Now, student_id: UUID, guardian_id: UUID
) -> StandingOut:
    """Record that this parent takes their consent back. Where it was needed, the student's consent ends, and
    all that rests on it is deleted at once; `receipt` counts it."""
    return guardians.take_back(work, caller, student_id, guardian_id, now, "given")


@router.post(
    "/guardians/{guardian_id}/refusal",
    dependencies=[needs(Right.CONSENT_WRITE)],
    summary="Record a parent's refusal",
)
def refuse_as_guardian(
    work: Work, caller: Caller, now: Now, student_id: UUID, guardian_id: UUID
) -> StandingOut:
    """Record that this parent refuses: by the rules `one_unopposed` and `every_parent` no other parent's
    consent stands against that, and all that rests on one is deleted at once."""
    return guardians.refuse(work, caller, student_id, guardian_id, now)


@router.delete(
    "/guardians/{guardian_id}/refusal",
    dependencies=[needs(Right.CONSENT_WRITE)],
    summary="Record that a parent refuses no longer",
)
def lift_guardian_refusal(
    work: Work, caller: Caller, now: Now, student_id: UUID, guardian_id: UUID
) -> StandingOut:
    """Record that this parent takes their refusal back, which is no consent yet. Another parent's may count
    again by it; faces have to be enrolled anew."""
    return guardians.take_back(work, caller, student_id, guardian_id, now, "refused")
