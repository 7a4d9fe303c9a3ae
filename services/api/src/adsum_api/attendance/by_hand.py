"""People's marks: appended to the log, and projected with the machine's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from adsum_api.attendance import service, signing
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.schemas import NewMark
from adsum_api.attendance.signing import Signature
from adsum_api.deps import Operator
from adsum_api.errors import Invalid, NotFound
from adsum_store.models import Lesson, Mark
from adsum_store.repositories import marks, students
from adsum_store.unit_of_work import UnitOfWork


class KeyOfAnotherMark(Invalid):
    """The idempotency key was used to say something else."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key came with another mark before: send a new one")


def mark_by_hand(
    work: UnitOfWork,
    caller: Operator,
    lesson_id: UUID,
    wanted: NewMark,
    key: str | None,
    agreement: Agreement,
    now: datetime,
) -> tuple[Mark, bool]:
    """Append a person's mark of any student of the school; return it and whether it is new.

    The same `key` for the same student appends once. Raises `NotFound`, `Invalid` for minutes without
    lateness, `KeyOfAnotherMark`, and what `signing.check_may_change` does.
    """
    if wanted.minutes_late is not None and wanted.status != "late":
        raise Invalid("minutes_late goes with the status `late` alone")
    if wanted.minutes_early is not None and wanted.status != "left_early":
        raise Invalid("minutes_early goes with the status `left_early` alone")
    lesson = service.locked(work, caller.school_id, lesson_id)
    if lesson is None:
        raise NotFound("lesson", lesson_id)
    if students.get(work, caller.school_id, wanted.student_id) is None:
        raise NotFound("student", wanted.student_id)
    speaker = signing.speaks_as(caller, wanted.source)
    mark = _mark(
        lesson, wanted, Signature(wanted.actor or caller.name, speaker), f"{speaker}:{key or uuid4()}"
    )
    said = marks.with_key(work, lesson_id, wanted.student_id, mark.mark_key)
    if said is not None:
        return _same(said, mark), False
    signing.check_may_change(caller.school, lesson, speaker, now)
    marks.append(work, [mark])
    service.reapply(work, lesson, agreement)
    return mark, True


def _mark(lesson: Lesson, wanted: NewMark, said_by: Signature, key: str) -> Mark:
    return Mark(
        school_id=lesson.school_id,
        lesson_id=lesson.id,
        student_id=wanted.student_id,
        mark_key=key,
        status=wanted.status,
        minutes_late=wanted.minutes_late,
        minutes_early=wanted.minutes_early,
        source=said_by.speaker,
        actor=said_by.actor,
        reason=wanted.reason,
        evidence={},
    )


def _same(said: Mark, asked: Mark) -> Mark:
    facts = ("status", "minutes_late", "minutes_early", "reason", "actor")
    if any(getattr(said, fact) != getattr(asked, fact) for fact in facts):
        raise KeyOfAnotherMark
    return said
