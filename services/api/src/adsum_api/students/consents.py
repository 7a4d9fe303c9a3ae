"""Consents: who may give one on which basis, and what a withdrawal takes with it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from adsum_api.audit.recording import record
from adsum_api.consents import effective, texts
from adsum_api.consents.rules import STUDENT, UNREGISTERED, Giver
from adsum_api.deps import Operator
from adsum_api.errors import CONSTRAINTS, Conflict, Invalid
from adsum_api.students.schemas import ConsentIn, Receipt
from adsum_store.jurisdictions import IN_WRITING, LAWS, refusal_of
from adsum_store.models import Consent
from adsum_store.repositories import consent_words, consents
from adsum_store.repositories import students as pupils
from adsum_store.repositories.audit import Action
from adsum_store.repositories.consents import Given
from adsum_store.unit_of_work import UnitOfWork

ATTESTED: Final = "attested_by_operator"


class AttestationOff(Conflict):
    """The school does not let an operator vouch for a consent."""

    def __init__(self) -> None:
        super().__init__(
            "this school does not accept consents attested by the operator: record the guardian's or the "
            "student's own with POST /v1/students/{id}/consent"
        )


class FacesRefused(Conflict):
    """The law of the school's place lets no face be enrolled, or not yet."""


class WritingMissing(Conflict):
    """The law asks for a release in writing."""

    def __init__(self) -> None:
        super().__init__(
            "this school's law asks for a written release: record the consent with the method paper or web, "
            "by a guardian or the student"
        )


class StudentRefuses(Conflict):
    """The student does not want to be recognised: nobody's consent stands against that."""

    def __init__(self) -> None:
        super().__init__(
            "the student does not want to be recognised: only they can change that, recorded with DELETE "
            "/v1/students/{id}/refusal"
        )


class ParentsAsked(Conflict):
    """The school asks each registered parent, and this consent is nobody's of them."""

    def __init__(self) -> None:
        super().__init__(
            "this school asks every parent: register them with POST /v1/students/{id}/guardians, and record "
            "each one's consent with POST …/guardians/{guardian_id}/consent"
        )


class StandsAgainst(Conflict):
    """The consent would change nothing: somebody else's word, or a later one, stands against it."""

    def __init__(self) -> None:
        super().__init__(
            "a parent refuses, another one's consent is missing, or it was withdrawn after given_at: GET "
            "/v1/students/{id}/consent says which"
        )


class ConsentOver(Invalid):
    """The consent has ended before it is recorded."""

    def __init__(self, *, is_lapsed: bool) -> None:
        super().__init__(
            "a newer consent text had to be agreed to: name it as text_id (GET /v1/consent-texts)"
            if is_lapsed
            else "the consent's time is over, by expires_at or the law: no face could be enrolled with it"
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
    """Record a consent of the student's own, or of somebody whom the school has not registered; raise as
    `checked`, `AttestationOff` or `ConsentWithdrawn` for one that is only attested, and `StandsAgainst`."""
    if consent.basis == ATTESTED:
        _check_attestation(work, caller, student_id)
    given = checked(work, caller, student_id, consent, now)
    giver: Giver = STUDENT if consent.basis == "self" else UNREGISTERED
    rule = consent_words.hold_rule(work, caller.school_id)
    if giver == UNREGISTERED and rule == "every_parent":
        raise ParentsAsked
    _check_new(work, caller, student_id, giver, given)
    word = effective.say(work, caller, student_id, giver, "given", given)
    effective.settle(work, caller, student_id, now, word)
    active = consents.active(work, caller.school_id, student_id)
    if active is None:
        raise StandsAgainst
    record(work, caller, Action.CONSENT_GIVEN, ("student", student_id), basis=consent.basis)
    return active


def checked(work: UnitOfWork, caller: Operator, student_id: UUID, consent: ConsentIn, now: datetime) -> Given:
    """Return a consent as it may be recorded, the student's row locked; raise `FacesRefused` or
    `WritingMissing` by the law of the place, `StudentRefuses`, `ConsentOver` and `Invalid`."""
    _check_law(caller, consent)
    if pupils.refuses(work, caller.school_id, student_id):
        raise StudentRefuses
    return _given(work, caller, consent, now)


def refuse(work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime) -> Receipt | None:
    """Write down that the student does not want to be recognised, which ends any consent at once; return the
    receipt of what that deleted, if there was one."""
    pupils.locked(work, caller.school_id, student_id)
    effective.say(work, caller, student_id, STUDENT, "refused", _own_word(now))
    consents.refuse(work, caller.school_id, student_id, now)
    receipt = effective.settle(work, caller, student_id, now)
    record(work, caller, Action.REFUSAL_RECORDED, ("student", student_id))
    return receipt


def lift_refusal(work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime) -> None:
    """Write down that the student refuses no longer; a consent has to be given anew."""
    if pupils.refuses(work, caller.school_id, student_id):
        effective.say(work, caller, student_id, STUDENT, "withdrawn", _own_word(now))
        consents.refuse(work, caller.school_id, student_id, None)
    record(work, caller, Action.REFUSAL_LIFTED, ("student", student_id))


def attest_if_missing(work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime) -> Consent:
    """Return the active consent, else the operator's word for one; raises as `give`.

    The original demo's routes and files know no consent: whoever uses them says that there is one.
    """
    check_faces(caller)
    there = consents.active(work, caller.school_id, student_id)
    attested = ConsentIn(basis="attested_by_operator", given_by=caller.name)
    return there or give(work, caller, student_id, attested, now)


def require(work: UnitOfWork, caller: Operator, student_id: UUID) -> Consent:
    """Return the active consent, held till the transaction ends; raise `FacesRefused` or `ConsentMissing`."""
    check_faces(caller)
    consent = consents.active(work, caller.school_id, student_id)
    if consent is None:
        raise ConsentMissing
    return consent


def check_faces(caller: Operator) -> None:
    """Raise `FacesRefused` where the law of the school's place lets no face be enrolled, or not yet."""
    refusal = refusal_of(caller.school.jurisdiction, caller.school.dpia_reference)
    if refusal is not None:
        raise FacesRefused(refusal)


def withdraw(work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime) -> Receipt:
    """Take back whatever consent there is, whoever gave it, and delete what rests on it; raise
    `ConsentMissing`."""
    pupils.locked(work, caller.school_id, student_id)
    effective.say_all_withdrawn(work, caller, student_id, now)
    receipt = effective.end(work, caller, student_id, now)
    if receipt is None:
        raise ConsentMissing
    return receipt


def _own_word(now: datetime) -> Given:
    return Given("self", "the student", now, "self")


def _check_new(work: UnitOfWork, caller: Operator, student_id: UUID, giver: Giver, given: Given) -> None:
    """A giver whose consent is active consents anew to another text, or for longer, and not just again."""
    last = effective.last_words(consent_words.of_students(work, caller.school_id, [student_id])).get(giver)
    is_active = consents.active(work, caller.school_id, student_id) is not None
    if last is None or not is_active or not effective.word_of(last).holds(given.at):
        return
    is_renewal = given.text_id not in (None, last.text_id)
    is_longer = last.ends_at is not None and (given.expires_at is None or given.expires_at > last.ends_at)
    if not (is_renewal or is_longer):
        raise CONSTRAINTS["uq_consents_one_active"]


def _check_law(caller: Operator, consent: ConsentIn) -> None:
    law = LAWS[caller.school.jurisdiction]
    if law.refusal is not None:
        raise FacesRefused(law.refusal)
    if law.needs_writing and (consent.basis == ATTESTED or consent.method not in IN_WRITING):
        raise WritingMissing


def _given(work: UnitOfWork, caller: Operator, consent: ConsentIn, now: datetime) -> Given:
    at = consent.given_at or now
    if at > now:
        raise Invalid("given_at lies in the future: a consent is recorded once it is given")
    longest = LAWS[caller.school.jurisdiction].longest_consent
    by_law = at + longest if longest else None
    lapse = texts.lapse_of(work, caller, consent.text_id, at)
    ends = [each for each in (consent.expires_at, by_law, lapse) if each is not None]
    if ends and min(ends) <= now:
        raise ConsentOver(is_lapsed=lapse == min(ends))
    return Given(
        basis=consent.basis,
        given_by=consent.given_by,
        at=at,
        relation=consent.relation,
        method=consent.method or ("attested" if consent.basis == ATTESTED else None),
        expires_at=min(ends, default=None),
        text_id=consent.text_id,
    )


def _check_attestation(work: UnitOfWork, caller: Operator, student_id: UUID) -> None:
    if not caller.school.allow_attested_consent:
        raise AttestationOff
    if consents.was_withdrawn(work, caller.school_id, student_id):
        raise ConsentWithdrawn
