"""Many marks of one lesson in one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from adsum_api.attendance import service, signing
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.by_hand import check_minutes, new_mark, same_mark
from adsum_api.attendance.schemas import NewMark
from adsum_api.attendance.spoken_of import spoken_of
from adsum_api.contract.bulk import Items, Outcome, accepted, without_repeats
from adsum_api.deps import Operator
from adsum_api.errors import DomainError, NotFound
from adsum_store.models import Lesson, Mark
from adsum_store.repositories import marks
from adsum_store.unit_of_work import UnitOfWork


class MarksIn(BaseModel):
    """Words on students of one lesson, at most one on each."""

    model_config = ConfigDict(extra="forbid")

    marks: Items[NewMark]


@dataclass(frozen=True, slots=True)
class Saying:
    """Who speaks, with which key, on which lesson, and what is known already."""

    caller: Operator
    key: str
    lesson: Lesson
    known: frozenset[UUID]
    said: Mapping[tuple[UUID, str], Mark]

    def mark(self, wanted: NewMark | DomainError) -> Mark | DomainError:
        """Return the new mark, the one that this key made before, or why there is none."""
        if isinstance(wanted, DomainError):
            return wanted
        if wanted.student_id not in self.known:
            return NotFound("student", wanted.student_id)
        try:
            check_minutes(wanted)
            new = new_mark(self.caller, self.lesson, wanted, self.key)
            said = self.said.get((new.student_id, new.mark_key))
            return new if said is None else same_mark(said, new)
        except DomainError as refusal:
            return refusal


def mark_many(
    work: UnitOfWork,
    caller: Operator,
    lesson_id: UUID,
    items: Sequence[NewMark | DomainError],
    key: str,
    agreement: Agreement,
    now: datetime,
) -> list[Outcome]:
    """Append the marks that can be, and compute the register once; return each one's outcome.

    Raises `NotFound` for the lesson, and what `signing.check_may_change` does.
    """
    lesson = service.locked(work, caller.school_id, lesson_id)
    if lesson is None:
        raise NotFound("lesson", lesson_id)
    items = without_repeats(items, lambda item: item.student_id)
    student_ids = {item.student_id for item in accepted(items)}
    known = spoken_of(work, caller, lesson, student_ids, now)
    said = {(each.student_id, each.mark_key): each for each in marks.of_key(work, lesson_id, key)}
    saying = Saying(caller, key, lesson, known, said)
    found = [saying.mark(item) for item in items]
    already = set(said.values())
    new = [each for each in found if isinstance(each, Mark) and each not in already]
    for speaker in {signing.speaks_as(caller, item.source) for item in accepted(items)} if new else ():
        signing.check_may_change(caller.school, lesson, speaker, now)
    marks.append(work, new)
    service.reapply(work, lesson, agreement)
    return [each if isinstance(each, DomainError) else (_status(each in already), each.id) for each in found]


def _status(said_before: bool) -> HTTPStatus:
    return HTTPStatus.OK if said_before else HTTPStatus.CREATED
