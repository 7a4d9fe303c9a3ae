"""A student checks in by the code on the board: one mark a lesson, beneath every person's word."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.rotating import is_good
from adsum_api.attendance.signing import RegisterFinalised
from adsum_api.errors import Conflict, Forbidden, NotFound
from adsum_store.models import Lesson, Mark
from adsum_store.repositories import absences, marks, register
from adsum_store.unit_of_work import UnitOfWork

QR_KEY: Final = "qr"
PURPOSE: Final = b"adsum check-in v1"


class CodeNotGood(Forbidden):
    """It was never on this board, or no longer is."""

    def __init__(self) -> None:
        super().__init__("this code is not, or no longer, on the board: scan it again")


class LinkNotGood(Forbidden):
    """The device does not speak for anybody."""

    def __init__(self) -> None:
        super().__init__("this device's link is over or not ours: ask for a new one at the office")


class NotRunning(Conflict):
    """Nobody checks in to a lesson that is not held now."""

    def __init__(self) -> None:
        super().__init__("this lesson is not held now: check in while it is")


class NotExpected(Forbidden):
    """The student is not on the lesson's roster."""

    def __init__(self) -> None:
        super().__init__("you are not expected in this lesson: tell the teacher")


def check_in(
    work: UnitOfWork, key: bytes, school_id: UUID, lesson_id: UUID, student_id: UUID, code: str,
    agreement: Agreement, now: datetime,
) -> tuple[Mark, bool]:  # fmt: skip
    """Let a student say that they are there; return the mark and whether it is new: the first one stays.

    Raises `NotFound`, `CodeNotGood`, `NotRunning`, `NotExpected` and `RegisterFinalised`.
    """
    lesson = service.locked(work, school_id, lesson_id)
    if lesson is None:
        raise NotFound("lesson", lesson_id)
    if not is_good(key, lesson_id, code, now):
        raise CodeNotGood
    if lesson.cancelled_at is not None or not lesson.starts_at <= now < lesson.ends_at:
        raise NotRunning
    expected = register.roster(work, lesson, agreement.model_id_of(work, school_id))
    if student_id not in {member.student_id for member in expected}:
        raise NotExpected
    said = marks.with_key(work, lesson_id, student_id, QR_KEY)
    if said is not None:
        return said, False
    if lesson.finalised_at is not None:
        raise RegisterFinalised(lesson)
    mark = _mark(lesson, student_id, now, is_planned=student_id in absences.covering(work, lesson))
    marks.append(work, [mark])
    service.reapply(work, lesson, agreement)
    return mark, True


def word_at(lesson: Lesson, now: datetime) -> tuple[str, int | None]:
    """Return what somebody is who comes at `now`, and how many minutes late: whole ones, at least 1."""
    delay = now - lesson.starts_at
    if delay <= timedelta(seconds=lesson.late_after_s):
        return "present", None
    return "late", max(1, delay // timedelta(minutes=1))


def _mark(lesson: Lesson, student_id: UUID, now: datetime, *, is_planned: bool) -> Mark:
    """Who was not to come is a person's to judge: a friend may hold the device."""
    status, minutes_late = word_at(lesson, now)
    evidence: dict[str, Any] = {"checked_in_at": now.isoformat()}
    if is_planned:
        evidence |= {
            "proposed_status": status, "proposed_minutes_late": minutes_late, "review": "planned_absence",
        }  # fmt: skip
    return Mark(
        school_id=lesson.school_id, lesson_id=lesson.id, student_id=student_id, mark_key=QR_KEY,
        status="pending_review" if is_planned else status, minutes_late=None if is_planned else minutes_late,
        source="qr", actor="check-in", reason="planned_absence" if is_planned else None, evidence=evidence,
    )  # fmt: skip
