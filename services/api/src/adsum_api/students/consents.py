"""Consents: who may give one on which basis, and what a withdrawal takes with it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from adsum_api.deps import Operator
from adsum_api.errors import Conflict
from adsum_api.students.schemas import ConsentIn, Receipt
from adsum_api.students.telling import tell
from adsum_store.models import Consent
from adsum_store.repositories import consents
from adsum_store.unit_of_work import UnitOfWork

ATTESTED: Final = "attested_by_operator"


class AttestationOff(Conflict):
    """The school does not let an operator vouch for a consent."""

    def __init__(self) -> None:
        super().__init__(
            "this school does not accept consents attested by the operator: record the guardian's or the "
            "student's own with POST /v1/students/{id}/consent"
        )


class ConsentMissing(Conflict):
    """The student has no active consent."""

    def __init__(self) -> None:
        super().__init__("the student has no active consent: record one with POST /v1/students/{id}/consent")


class ConsentWithdrawn(Conflict):
    """The student took a consent back: an operator's word does not stand against that."""

    def __init__(self) -> None:
        super().__init__(
            "the student's consent was withdrawn: only a new one from the guardian or the student, recorded "
            "with POST /v1/students/{id}/consent, can follow"
        )


def give(work: UnitOfWork, caller: Operator, student_id: UUID, consent: ConsentIn, now: datetime) -> Consent:
    """Record a consent; raise `AttestationOff` or `ConsentWithdrawn` for one that is only attested."""
    if consent.basis == ATTESTED:
        _check_attestation(work, caller, student_id)
    given = consents.give(work, caller.school_id, student_id, consent.basis, consent.given_by, now)
    tell(work, caller.school_id, student_id, "consent_given", given.id)
    return given


def attest_if_missing(work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime) -> Consent:
    """Return the active consent, else the operator's word for one; raises as `give`.

    The original demo's routes and files know no consent: whoever uses them says that there is one.
    """
    there = consents.active(work, caller.school_id, student_id)
    attested = ConsentIn(basis="attested_by_operator", given_by=caller.name)
    return there or give(work, caller, student_id, attested, now)


def require(work: UnitOfWork, caller: Operator, student_id: UUID) -> Consent:
    """Return the active consent, held until the transaction ends; raise `ConsentMissing`."""
    consent = consents.active(work, caller.school_id, student_id)
    if consent is None:
        raise ConsentMissing
    return consent


def withdraw(work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime) -> Receipt:
    """End the consent and delete what rests on it; raise `ConsentMissing`."""
    gone = consents.withdraw(work, caller.school_id, student_id, now)
    if gone is None:
        raise ConsentMissing
    tell(work, caller.school_id, student_id, "consent_withdrawn", gone.consent.id)
    return Receipt(
        consent_id=gone.consent.id,
        student_id=student_id,
        withdrawn_at=now,
        templates_deleted=gone.templates_deleted,
        crops_deleted=gone.crops_deleted,
        photos_deleted=gone.photos_deleted,
        jobs_stopped=gone.jobs_stopped,
    )


def _check_attestation(work: UnitOfWork, caller: Operator, student_id: UUID) -> None:
    if not caller.school.allow_attested_consent:
        raise AttestationOff
    if consents.was_withdrawn(work, caller.school_id, student_id):
        raise ConsentWithdrawn
