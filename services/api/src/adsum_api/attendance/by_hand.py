"""People's marks: appended to the log, and projected with the machine's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from adsum_api.attendance import service, signing
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.codes import CodeSet
from adsum_api.attendance.schemas import NewMark
from adsum_api.attendance.spoken_of import check_spoken_of
from adsum_api.deps import Operator
from adsum_api.errors import Invalid, NotFound
from adsum_store.models import Lesson, Mark
from adsum_store.repositories import marks
from adsum_store.unit_of_work import UnitOfWork


class KeyOfAnotherMark(Invalid):
    """The idempotency key was used to say something else."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key came with another mark before: send a new one")


class UnknownCode(Invalid):
    """The school has no such code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"there is no status code {code!r}: see /v1/school/status-codes")


def mark_by_hand(
    work: UnitOfWork,
    caller: Operator,
    lesson_id: UUID,
    wanted: NewMark,
    key: str | None,
    agreement: Agreement,
    now: datetime,
) -> tuple[Mark, bool]:
    """Append a person's mark of a student; return it and whether it is new.

    The same `key` for the same student appends once. Raises `NotFound`, `Invalid` for minutes without
    lateness, `KeyOfAnotherMark`, and what `signing.check_may_change` does.
    """
    check_minutes(wanted)
    lesson = service.locked(work, caller.school_id, lesson_id)
    if lesson is None:
        raise NotFound("lesson", lesson_id)
    check_spoken_of(work, caller, lesson, wanted.student_id, now)
    mark = new_mark(caller, lesson, wanted, key)
    said = marks.with_key(work, lesson_id, wanted.student_id, mark.mark_key)
    if said is not None:
        return same_mark(said, mark), False
    signing.check_may_change(caller.school, lesson, signing.speaks_as(caller, wanted.source), now)
    marks.append(work, [mark])
    service.reapply(work, lesson, agreement)
    return mark, True


def check_minutes(wanted: NewMark) -> None:
    """Raise `Invalid` for minutes that do not go with the status; a code's status is known only later."""
    if wanted.code is None:
        _check_minutes(wanted, wanted.status)


def _check_minutes(wanted: NewMark, status: str | None) -> None:
    if wanted.minutes_late is not None and status != "late":
        raise Invalid("minutes_late goes with the status `late` alone")
    if wanted.minutes_early is not None and status != "left_early":
        raise Invalid("minutes_early goes with the status `left_early` alone")


def _status_of(wanted: NewMark, codes: CodeSet) -> str:
    """Return the status that is meant, by itself or by a code; raise `UnknownCode` and `Invalid`."""
    code = codes.named(wanted.code) if wanted.code is not None else None
    status = wanted.status if code is None else code.status
    if status is None:
        raise UnknownCode(str(wanted.code))
    _check_minutes(wanted, status)
    return status


def new_mark(caller: Operator, lesson: Lesson, wanted: NewMark, key: str | None) -> Mark:
    """Return the mark that `caller` wants to make; raise what `signing.speaks_as` does."""
    speaker = signing.speaks_as(caller, wanted.source)
    return Mark(
        school_id=lesson.school_id,
        lesson_id=lesson.id,
        student_id=wanted.student_id,
        mark_key=f"{speaker}:{key or uuid4()}",
        status=_status_of(wanted, CodeSet.of(caller.school.status_codes)),
        code=wanted.code,
        minutes_late=wanted.minutes_late,
        minutes_early=wanted.minutes_early,
        source=speaker,
        actor=caller.actor(wanted.actor),
        reason=wanted.reason,
        evidence={},
    )


def same_mark(said: Mark, asked: Mark) -> Mark:
    """Return what was said with the key; raise `KeyOfAnotherMark` where it was something else."""
    facts = ("status", "code", "minutes_late", "minutes_early", "reason", "actor")
    if any(getattr(said, fact) != getattr(asked, fact) for fact in facts):
        raise KeyOfAnotherMark
    return said
