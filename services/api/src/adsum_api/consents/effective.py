"""What somebody says is written down, and the student's consent is begun, renewed or ended by it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import get_args
from uuid import UUID

from adsum_api.audit.recording import record
from adsum_api.consents.rules import STUDENT, UNREGISTERED, Giver, Holds, Lacks, Rule, Says, Word, standing
from adsum_api.deps import Operator
from adsum_api.students.schemas import Receipt
from adsum_api.students.telling import tell
from adsum_store.models import ConsentWord
from adsum_store.repositories import consent_words, consents
from adsum_store.repositories.audit import Action
from adsum_store.repositories.consents import Given
from adsum_store.unit_of_work import UnitOfWork


def word_of(row: ConsentWord) -> Word:
    """Return a stored word as the rule takes it."""
    giver: Giver = row.guardian_id or (STUDENT if row.by_student else UNREGISTERED)
    says: Says = next(each for each in get_args(Says) if each == row.says)
    return Word(giver, says, row.said_at, row.number, row.ends_at)


def rule_of(name: str) -> Rule:
    """Return the school's rule by its name, as stored."""
    rule: Rule = next(each for each in get_args(Rule) if each == name)
    return rule


def now_standing(work: UnitOfWork, school_id: UUID, student_id: UUID, now: datetime) -> Holds | Lacks:
    """Return whether the student's face may be kept now, by what everybody said."""
    rule = rule_of(consent_words.hold_rule(work, school_id))
    words = [word_of(each) for each in consent_words.of_students(work, school_id, [student_id])]
    registered = {each.id for each in consent_words.guardians_of(work, school_id, [student_id])}
    return standing(words, registered, rule, now)


def say(
    work: UnitOfWork, caller: Operator, student_id: UUID, giver: Giver, says: Says, given: Given
) -> ConsentWord:
    """Write down a word; the student's row is locked already."""
    return consent_words.say(
        work,
        ConsentWord(
            school_id=caller.school_id,
            student_id=student_id,
            guardian_id=giver if isinstance(giver, UUID) else None,
            by_student=giver == STUDENT,
            says=says,
            said_at=given.at,
            ends_at=given.expires_at,
            basis=given.basis,
            given_by=given.given_by,
            relation=given.relation,
            method=given.method,
            text_id=given.text_id,
            recorded_by=caller.key,
        ),
    )


def say_all_withdrawn(work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime) -> None:
    """Write down that whoever consented takes it back."""
    last = last_words(consent_words.of_students(work, caller.school_id, [student_id]))
    for giver, word in last.items():
        if word.says == "given":
            taken_back = Given(word.basis or "", word.given_by, now, word.relation, word.method)
            say(work, caller, student_id, giver, "withdrawn", taken_back)


def last_words(words: Iterable[ConsentWord]) -> dict[Giver, ConsentWord]:
    """Return the last word of each giver, of words in the order in which they were said."""
    return {word_of(each).giver: each for each in words}


def settle(
    work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime, cause: ConsentWord | None = None
) -> Receipt | None:
    """Begin, renew or end the student's consent by what everybody said, `cause` last; return the receipt of
    what was deleted where it ended."""
    found = now_standing(work, caller.school_id, student_id, now)
    if isinstance(found, Lacks):
        return end(work, caller, student_id, now)
    active = consents.active(work, caller.school_id, student_id)
    if active is not None:
        text_id = cause.text_id if cause is not None and cause.says == "given" else active.text_id
        consents.renew(work, active, found.until, text_id)
        return None
    ground = cause if cause is not None and cause.says == "given" else _newest_given(work, caller, student_id)
    begun = consents.give(work, caller.school_id, student_id, _as_given(ground, found.until))
    tell(work, caller.school_id, student_id, "consent_given", begun.id)
    return None


def end(work: UnitOfWork, caller: Operator, student_id: UUID, now: datetime) -> Receipt | None:
    """End the active consent and delete what rests on it; None where there is none."""
    gone = consents.withdraw(work, caller.school_id, student_id, now)
    if gone is None:
        return None
    tell(work, caller.school_id, student_id, "consent_withdrawn", gone.consent.id)
    record(work, caller, Action.CONSENT_WITHDRAWN, ("student", student_id), templates=gone.templates_deleted)
    return Receipt(
        consent_id=gone.consent.id,
        student_id=student_id,
        withdrawn_at=now,
        templates_deleted=gone.templates_deleted,
        crops_deleted=gone.crops_deleted,
        photos_deleted=gone.photos_deleted,
        jobs_stopped=gone.jobs_stopped,
    )


def _newest_given(work: UnitOfWork, caller: Operator, student_id: UUID) -> ConsentWord:
    words = consent_words.of_students(work, caller.school_id, [student_id])
    return next(each for each in reversed(words) if each.says == "given")


def _as_given(word: ConsentWord, until: datetime | None) -> Given:
    return Given(
        basis=word.basis or "guardian",
        given_by=word.given_by,
        at=word.said_at,
        relation=word.relation,
        method=word.method,
        expires_at=until,
        text_id=word.text_id,
    )
