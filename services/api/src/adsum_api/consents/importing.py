"""One line of an office's list becomes somebody's word, once."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from adsum_api.consents import effective, guardians
from adsum_api.consents.rules import STUDENT
from adsum_api.consents.schemas import GuardianConsentIn, GuardianIn, GuardianRelation
from adsum_api.consents.sheets import Said
from adsum_api.deps import Operator
from adsum_api.errors import Invalid
from adsum_api.lessons.days import day_in
from adsum_api.students import consents
from adsum_api.students.schemas import ConsentIn
from adsum_store.models import ConsentWord, Guardian
from adsum_store.repositories import consent_texts, consent_words, students
from adsum_store.unit_of_work import UnitOfWork

AS_STORED = {"gives": "given", "withdraws": "withdrawn", "refuses": "refused"}


def record_line(work: UnitOfWork, caller: Operator, said: Said, now: datetime) -> bool:
    """Record what a line says; return False where it was recorded before. Raises what a request would."""
    student = students.by_number(work, caller.school_id, said.number)
    if student is None:
        raise Invalid(f"there is no student with number {said.number}")
    students.locked(work, caller.school_id, student.id)
    guardian = _guardian(work, caller, student.id, said)
    consent = _consent(work, caller, said)
    last = _last(work, caller, student.id, guardian, said)
    if last is not None and _is_same(last, said, consent):
        return False
    if said.relation == "self":
        _record_own(work, caller, student.id, said, consent, now)
    elif guardian is None:
        _record_new(work, caller, student.id, said, consent, now)
    else:
        _record_parents(work, caller, guardian, said, consent, now)
    return True


def _record_own(
    work: UnitOfWork,
    caller: Operator,
    student_id: UUID,
    said: Said,
    consent: GuardianConsentIn,
    now: datetime,
) -> None:
    if said.says == "refuses":
        consents.refuse(work, caller, student_id, now)
    elif said.says == "withdraws":
        consents.withdraw(work, caller, student_id, now)
    else:
        own = {"basis": "self", "given_by": said.name or "the student", "relation": "self", **dict(consent)}
        consents.give(work, caller, student_id, ConsentIn.model_validate(own), now)


def _record_new(
    work: UnitOfWork,
    caller: Operator,
    student_id: UUID,
    said: Said,
    consent: GuardianConsentIn,
    now: datetime,
) -> None:
    if said.says == "withdraws":
        raise Invalid("this parent never consented")
    relation: GuardianRelation = "guardian" if said.relation == "guardian" else "parent"
    new = GuardianIn(
        name=said.name or "",
        relation=relation,
        consent=consent if said.says == "gives" else None,
        refuses=said.says == "refuses",
    )
    guardians.register(work, caller, student_id, new, now)


def _record_parents(
    work: UnitOfWork, caller: Operator, guardian: Guardian, said: Said, consent: GuardianConsentIn,
    now: datetime,
) -> None:  # fmt: skip
    if said.says == "gives":
        guardians.give(work, caller, guardian.student_id, guardian.id, consent, now)
    elif said.says == "refuses":
        guardians.refuse(work, caller, guardian.student_id, guardian.id, now)
    else:
        guardians.take_back(work, caller, guardian.student_id, guardian.id, now, "given")


def _guardian(work: UnitOfWork, caller: Operator, student_id: UUID, said: Said) -> Guardian | None:
    name = (said.name or "").casefold()
    found = consent_words.guardians_of(work, caller.school_id, [student_id])
    return next((each for each in found if said.relation != "self" and each.name.casefold() == name), None)


def _last(
    work: UnitOfWork, caller: Operator, student_id: UUID, guardian: Guardian | None, said: Said
) -> ConsentWord | None:
    words = effective.last_words(consent_words.of_students(work, caller.school_id, [student_id]))
    if said.relation == "self":
        return words.get(STUDENT)
    return None if guardian is None else words.get(guardian.id)


def _is_same(last: ConsentWord, said: Said, consent: GuardianConsentIn) -> bool:
    if last.says != AS_STORED[said.says]:
        return False
    is_dated = consent.given_at is not None and said.says == "gives"
    return last.text_id == consent.text_id and (not is_dated or last.said_at == consent.given_at)


def _consent(work: UnitOfWork, caller: Operator, said: Said) -> GuardianConsentIn:
    return GuardianConsentIn(
        method=said.method,
        given_at=_first_instant(caller, said.said_on),
        expires_at=_first_instant(caller, said.expires_on),
        text_id=_text_id(work, caller, said),
    )


def _first_instant(caller: Operator, day: date | None) -> datetime | None:
    return None if day is None else day_in(caller.zone, day)[0]


def _text_id(work: UnitOfWork, caller: Operator, said: Said) -> UUID | None:
    if said.text_version is None or said.language is None:
        return None
    text = consent_texts.of_version(work, caller.school_id, said.text_version, said.language)
    if text is None:
        raise Invalid(f"there is no consent text of version {said.text_version} in {said.language}")
    return text.id
