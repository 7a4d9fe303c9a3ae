"""Whose consent is lacking, or soon will be, and why: what an office writes to parents by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Literal, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from adsum_api.consents.effective import rule_of, word_of
from adsum_api.consents.rules import Lacks, Reason, Rule, standing
from adsum_api.lessons.days import local_day
from adsum_store.models import Consent, ConsentWord, Guardian, School, Student
from adsum_store.repositories import consent_words, consents_lacking
from adsum_store.repositories.consents_lacking import LackingWanted
from adsum_store.repositories.pages import PageWanted
from adsum_store.unit_of_work import UnitOfWork

USUAL_DAYS = 30
Why = Reason | Literal["lapses_soon"]
T = TypeVar("T")


class LackingOut(BaseModel):
    """A student without consent, or, with the reason `lapses_soon`, one whose consent ends at `until`."""

    student_id: UUID
    number: str
    name: str
    reason: Why
    until: datetime | None
    of: list[str] = Field(description="the parents whose word is missing, or stands against it")


def lacking(
    work: UnitOfWork, school: School, now: datetime, page: PageWanted, within_days: int = USUAL_DAYS,
    rule: Rule | None = None,
) -> list[LackingOut]:  # fmt: skip
    """Return the students of the page by number; with `rule`, as if that were the school's."""
    soon = now + timedelta(days=within_days)
    wanted = LackingWanted(local_day(ZoneInfo(school.timezone), now), soon, rule, page)
    rows = consents_lacking.find(work, school.id, wanted)
    ids = [student.id for student, _ in rows]
    words = _by_student(consent_words.of_students(work, school.id, ids), lambda word: word.student_id)
    parents = _by_student(consent_words.guardians_of(work, school.id, ids), lambda each: each.student_id)
    applied = rule or rule_of(school.consent_rule)
    return [
        _shown(student, consent, words[student.id], parents[student.id], applied, now)
        for student, consent in rows
    ]


def _by_student(rows: Iterable[T], student_of: Callable[[T], UUID]) -> defaultdict[UUID, list[T]]:
    found: defaultdict[UUID, list[T]] = defaultdict(list)
    for row in rows:
        found[student_of(row)].append(row)
    return found


def _shown(
    student: Student, consent: Consent | None, words: list[ConsentWord], parents: list[Guardian],
    rule: Rule, now: datetime,
) -> LackingOut:  # fmt: skip
    found = standing(map(word_of, words), {each.id for each in parents}, rule, now)
    is_over = consent is None or (consent.expires_at is not None and consent.expires_at <= now)
    reason: Why = "lapses_soon" if not is_over else "expired"
    givers: frozenset[object] = frozenset()
    if isinstance(found, Lacks) and (is_over or words):
        reason, givers = found.reason, frozenset(found.givers)
    return LackingOut(
        student_id=student.id,
        number=student.number,
        name=student.name,
        reason=reason,
        until=None if consent is None else consent.expires_at,
        of=[each.name for each in parents if each.id in givers],
    )
