"""The parents of a student: registered, and heard one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from adsum_api.audit.recording import record
from adsum_api.consents import effective
from adsum_api.consents.rules import STUDENT, UNREGISTERED, Giver, Holds, Lacks
from adsum_api.consents.schemas import GuardianConsentIn, GuardianIn, StandingOut, WordOut
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, NotFound
from adsum_api.students import consents
from adsum_api.students.schemas import ConsentIn, Receipt
from adsum_api.students.service import StudentNotFound
from adsum_store.models import ConsentWord, Guardian
from adsum_store.repositories import consent_words, students
from adsum_store.repositories import consents as stored
from adsum_store.repositories.audit import Action
from adsum_store.repositories.consents import Given
from adsum_store.unit_of_work import UnitOfWork


class ConsentWouldEnd(Conflict):
    """By the school's rule one more parent, who has not consented, would end the consent."""

    def __init__(self) -> None:
        super().__init__(
            "this school asks every parent, and the student's consent would end with one who has not "
            "consented: send their consent along, or withdraw the consent first"
        )


class GuardianThere(Conflict):
    """The student has a registered parent of this name."""

    def __init__(self) -> None:
        super().__init__("the student has a registered parent of this name already")


def register(
    work: UnitOfWork, caller: Operator, student_id: UUID, new: GuardianIn, now: datetime
) -> Guardian:
    """Register a parent, and what they said if it came along; raise `GuardianThere` or `ConsentWouldEnd`, and
    as `consents.checked`."""
    _lock(work, caller, student_id)
    there = consent_words.guardians_of(work, caller.school_id, [student_id])
    if new.name.casefold() in {each.name.casefold() for each in there}:
        raise GuardianThere
    guardian = consent_words.register(
        work,
        Guardian(school_id=caller.school_id, student_id=student_id, name=new.name, relation=new.relation),
    )
    if new.consent is not None:
        give(work, caller, student_id, guardian.id, new.consent, now)
    if new.refuses:
        refuse(work, caller, student_id, guardian.id, now)
    lacks = isinstance(effective.now_standing(work, caller.school_id, student_id, now), Lacks)
    if lacks and stored.active(work, caller.school_id, student_id) is not None:
        raise ConsentWouldEnd
    record(work, caller, Action.GUARDIAN_REGISTERED, ("student", student_id), guardian=str(guardian.id))
    return guardian


def remove(
    work: UnitOfWork, caller: Operator, student_id: UUID, guardian_id: UUID, now: datetime
) -> StandingOut:
    """Let a parent's word count no longer; raise `NotFound`."""
    guardian = _find(work, caller, student_id, guardian_id)
    consent_words.end_guardian(work, guardian, now)
    receipt = effective.settle(work, caller, student_id, now)
    record(work, caller, Action.GUARDIAN_REMOVED, ("student", student_id), guardian=str(guardian.id))
    return show(work, caller, student_id, now, receipt)


def give(
    work: UnitOfWork, caller: Operator, student_id: UUID, guardian_id: UUID, consent: GuardianConsentIn,
    now: datetime,
) -> StandingOut:  # fmt: skip
    """Record that a parent consents, whether or not that is enough; raise `NotFound`, and as
    `consents.checked`."""
    guardian = _find(work, caller, student_id, guardian_id)
    wanted = ConsentIn.model_validate(
        {"basis": "guardian", "given_by": guardian.name, "relation": guardian.relation, **dict(consent)}
    )
    given = consents.checked(work, caller, student_id, wanted, now)
    word = effective.say(work, caller, student_id, guardian.id, "given", given)
    receipt = effective.settle(work, caller, student_id, now, word)
    _log(work, caller, Action.CONSENT_GIVEN, word)
    return show(work, caller, student_id, now, receipt)


def take_back(
    work: UnitOfWork, caller: Operator, student_id: UUID, guardian_id: UUID, now: datetime,
    says: Literal["given", "refused"],
) -> StandingOut:  # fmt: skip
    """Record that a parent takes back what they said; raise `NotFound` unless it was that."""
    guardian = _find(work, caller, student_id, guardian_id)
    last = _last_words(work, caller, student_id).get(guardian.id)
    if last is None or last.says != says:
        raise NotFound("consent" if says == "given" else "refusal", f"of guardian {guardian_id}")
    word = effective.say(work, caller, student_id, guardian.id, "withdrawn", _plain(guardian, now))
    receipt = effective.settle(work, caller, student_id, now)
    _log(work, caller, Action.PARENT_WITHDREW, word)
    return show(work, caller, student_id, now, receipt)


def refuse(
    work: UnitOfWork, caller: Operator, student_id: UUID, guardian_id: UUID, now: datetime
) -> StandingOut:
    """Record that a parent refuses; raise `NotFound`."""
    guardian = _find(work, caller, student_id, guardian_id)
    word = effective.say(work, caller, student_id, guardian.id, "refused", _plain(guardian, now))
    receipt = effective.settle(work, caller, student_id, now)
    _log(work, caller, Action.PARENT_REFUSED, word)
    return show(work, caller, student_id, now, receipt)


def show(
    work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime, receipt: Receipt | None = None
) -> StandingOut:
    """Return whether there is consent, and everybody's last word; raise `StudentNotFound`."""
    if students.get(work, caller.school_id, student_id) is None:
        raise StudentNotFound(student_id)
    found = effective.now_standing(work, caller.school_id, student_id, now)
    guardians = consent_words.guardians_of(work, caller.school_id, [student_id])
    last = _last_words(work, caller, student_id)
    return StandingOut(
        student_id=student_id,
        holds=isinstance(found, Holds),
        until=found.until if isinstance(found, Holds) else None,
        reason=found.reason if isinstance(found, Lacks) else None,
        rule=effective.rule_of(consent_words.hold_rule(work, caller.school_id)),
        words=[*_of_parents(guardians, last), *_of_others(last)],
        receipt=receipt,
    )


def _lock(work: UnitOfWork, caller: Operator, student_id: UUID) -> None:
    if students.locked(work, caller.school_id, student_id) is None:
        raise StudentNotFound(student_id)


def _find(work: UnitOfWork, caller: Operator, student_id: UUID, guardian_id: UUID) -> Guardian:
    _lock(work, caller, student_id)
    found = consent_words.guardian(work, caller.school_id, student_id, guardian_id)
    if found is None:
        raise NotFound("guardian of this student", guardian_id)
    return found


def _last_words(work: UnitOfWork, caller: Operator, student_id: UUID) -> dict[Giver, ConsentWord]:
    return effective.last_words(consent_words.of_students(work, caller.school_id, [student_id]))


def _plain(guardian: Guardian, now: datetime) -> Given:
    return Given("guardian", guardian.name, now, guardian.relation)


def _log(work: UnitOfWork, caller: Operator, action: Action, word: ConsentWord) -> None:
    guardian = str(word.guardian_id)
    record(work, caller, action, ("student", word.student_id), basis="guardian", guardian=guardian)


def _of_parents(guardians: Sequence[Guardian], last: dict[Giver, ConsentWord]) -> list[WordOut]:
    return [
        _word("parent", each.name, last.get(each.id)).model_copy(update={"guardian_id": each.id})
        for each in guardians
    ]


def _of_others(last: dict[Giver, ConsentWord]) -> list[WordOut]:
    return [_word(each, last[each].given_by, last[each]) for each in (STUDENT, UNREGISTERED) if each in last]


def _word(by: Literal["parent", "student", "unregistered"], name: str, word: ConsentWord | None) -> WordOut:
    if word is None:
        return WordOut(by=by, name=name)
    return WordOut(
        by=by,
        name=name,
        says=effective.word_of(word).says,
        said_at=word.said_at,
        ends_at=word.ends_at,
        method=word.method,
        text_id=word.text_id,
    )
