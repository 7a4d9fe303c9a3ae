"""A lesson's review: who has to be looked at, what a person confirms of it, and taking that back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID, uuid4

from adsum_api.attendance import service, signing
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.precedence import PEOPLE
from adsum_api.attendance.projection import log_by_student
from adsum_api.attendance.review import Doubt, Looked, before, doubt_of, version_of
from adsum_api.attendance.review_schemas import ConfirmIn, Decision
from adsum_api.attendance.signing import UNDECIDED, Signature
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, Invalid, NotFound
from adsum_store.models import Lesson, Mark, School
from adsum_store.repositories import absences, apart, marks, register, unnamed
from adsum_store.repositories.register import Line
from adsum_store.repositories.unnamed import Face
from adsum_store.unit_of_work import UnitOfWork


class ReviewChanged(Conflict):
    """What was confirmed is not what is asked now."""

    def __init__(self) -> None:
        super().__init__("the review has changed since you read it: read it again and look at what is new")


class NothingSuggested(Invalid):
    """The machine has no word of its own on this student."""

    def __init__(self, student_id: UUID) -> None:
        super().__init__(f"the camera could not see whether student {student_id} was there: say a status")


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A student to look at: their line, why, and the tracks that the machine's word rests on."""

    line: Line
    doubt: Doubt
    track_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class Review:
    """A lesson's review as it stands: `waiting` students have no word at all yet."""

    lesson: Lesson
    items: tuple[ReviewItem, ...]
    waiting: int
    faces: Sequence[Face]
    log: Mapping[UUID, Sequence[Mark]] = field(repr=False)

    @cached_property
    def version(self) -> str:
        """What changes when anything in the review does."""
        told = [
            (each.line.student_id, each.doubt, len(self.log.get(each.line.student_id, ())))
            for each in self.items
        ]
        return version_of(told)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one confirmation said, so that it can be taken back as one."""

    id: UUID
    marks: tuple[Mark, ...]


def review_of(
    work: UnitOfWork, school: School, lesson_id: UUID, agreement: Agreement, now: datetime
) -> Review:
    """Return whom a person has to look at, in the order of their numbers; raise `NotFound`."""
    lesson = service.locked(work, school.id, lesson_id)
    if lesson is None:
        raise NotFound("lesson", lesson_id)
    lines = register.lines(work, lesson)
    log = log_by_student(marks.log(work, school.id, lesson_id))
    looked = _looked(work, lesson, [line.student_id for line in lines], agreement, now)
    items = tuple(
        ReviewItem(line, doubt, _tracks(log.get(line.student_id, ())))
        for line in lines
        if (doubt := doubt_of(log.get(line.student_id, ()), looked[line.student_id])) is not None
    )
    waiting = sum((line.entry.status if line.entry else "unmarked") in UNDECIDED for line in lines)
    return Review(lesson, items, waiting, unnamed.of_lesson(work, school.id, lesson_id), log)


def confirm(
    work: UnitOfWork, caller: Operator, lesson_id: UUID, wanted: ConfirmIn, agreement: Agreement,
    now: datetime,
) -> Batch:  # fmt: skip
    """Mark those of the review whom a person confirms: everybody for whom something is suggested, or those
    named. Raises `NotFound`, `ReviewChanged`, `NothingSuggested`, and what `check_may_change` does."""
    review = review_of(work, caller.school, lesson_id, agreement, now)
    signature = wanted.signature(caller)
    signing.check_may_change(caller.school, review.lesson, signature.speaker, now)
    if wanted.version is not None and wanted.version != review.version:
        raise ReviewChanged
    batch = uuid4()
    new = [
        _mark(review.lesson, item, decision, signature, batch) for item, decision in _decided(review, wanted)
    ]
    marks.append(work, new)
    service.reapply(work, review.lesson, agreement)
    return Batch(batch, tuple(new))


def undo(
    work: UnitOfWork, school: School, lesson_id: UUID, batch_id: UUID, signature: Signature,
    agreement: Agreement, now: datetime,
) -> Batch:  # fmt: skip
    """Let those whom a confirmation marked be what they were, unless a person has spoken of them since;
    again, it changes nothing. Raises `NotFound`, and what `check_may_change` does."""
    lesson = service.locked(work, school.id, lesson_id)
    if lesson is None:
        raise NotFound("lesson", lesson_id)
    signing.check_may_change(school, lesson, signature.speaker, now)
    log = log_by_student(marks.log(work, school.id, lesson_id))
    told = [mark for said in log.values() for mark in said if mark.evidence.get("review") == str(batch_id)]
    if not told:
        raise NotFound("confirmation", batch_id)
    newest = {student: [each for each in said if each.source in PEOPLE][-1:] for student, said in log.items()}
    new = [
        _as_before(before(log[mark.student_id], mark), mark, signature, batch_id)
        for mark in told
        if newest[mark.student_id] == [mark]
    ]
    marks.append(work, new)
    service.reapply(work, lesson, agreement)
    return Batch(batch_id, tuple(new))


def _looked(
    work: UnitOfWork, lesson: Lesson, student_ids: Sequence[UUID], agreement: Agreement, now: datetime
) -> dict[UUID, Looked]:
    model_id = agreement.model_id_of(work, lesson.school_id)
    here = set(student_ids)
    alike = {
        student for pair in apart.pairs(work.session, lesson.school_id, model_id) if pair <= here
        for student in pair
    }  # fmt: skip
    so_far = service.proposals_until(work, lesson, agreement, absences.covering(work, lesson), now)
    return {
        student: Looked(
            resembles=student in alike,
            surely_missed=student in so_far and so_far[student].status == "absent",
        )
        for student in student_ids
    }


def _decided(review: Review, wanted: ConfirmIn) -> list[tuple[ReviewItem, Decision]]:
    asked = {item.line.student_id: item for item in review.items}
    if wanted.students is None:
        return [
            (item, Decision(student_id=student)) for student, item in asked.items() if item.doubt.suggested
        ]
    if any(each.student_id not in asked for each in wanted.students):
        raise ReviewChanged
    chosen = {each.student_id: each for each in wanted.students}
    return [(asked[student], decision) for student, decision in chosen.items()]


def _mark(lesson: Lesson, item: ReviewItem, decision: Decision, signature: Signature, batch: UUID) -> Mark:
    doubt = item.doubt
    if decision.status is not None:
        doubt = replace(doubt, suggested=None, minutes_late=decision.minutes_late)
    status = decision.status or doubt.suggested
    if status is None:
        raise NothingSuggested(item.line.student_id)
    return Mark(
        school_id=lesson.school_id, lesson_id=lesson.id, student_id=item.line.student_id,
        mark_key=f"review:{batch}", status=status,
        minutes_late=doubt.minutes_late if status != "absent" else None,
        source=signature.speaker, actor=signature.actor, reason=signature.reason,
        evidence={"review": str(batch), "asked": doubt.kind},
    )  # fmt: skip


def _as_before(said: Mark | None, mark: Mark, signature: Signature, batch: UUID) -> Mark:
    return Mark(
        school_id=mark.school_id, lesson_id=mark.lesson_id, student_id=mark.student_id,
        mark_key=f"undo:{batch}", status=said.status if said else "unmarked",
        minutes_late=said.minutes_late if said else None, minutes_early=said.minutes_early if said else None,
        source=signature.speaker, actor=signature.actor, reason=signature.reason,
        evidence={"undone": str(batch)},
    )  # fmt: skip


def _tracks(log: Sequence[Mark]) -> tuple[UUID, ...]:
    machine = next((mark for mark in reversed(log) if mark.source == "machine"), None)
    return tuple(UUID(each) for each in machine.evidence.get("tracks", ())) if machine else ()
