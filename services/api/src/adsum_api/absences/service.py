"""Planned absences are recorded and withdrawn, and the lessons they speak of computed again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.absences.schemas import AbsenceIn, AbsenceOut
from adsum_api.attendance import service as attendance
from adsum_api.attendance.agreement import Agreement
from adsum_api.contract.preconditions import Seen
from adsum_api.deps import Operator
from adsum_api.errors import Invalid, NotFound
from adsum_api.lessons.days import day_in, local_day
from adsum_store.models import PlannedAbsence
from adsum_store.repositories import absences, lessons, students
from adsum_store.unit_of_work import UnitOfWork

LONGEST: Final = timedelta(days=400)
FARTHEST_BACK: Final = timedelta(days=100)


def record(
    work: UnitOfWork, caller: Operator, wanted: AbsenceIn, agreement: Agreement, now: datetime,
    dedupe_key: str | None = None,
) -> PlannedAbsence:  # fmt: skip
    """Store the absence, and excuse the student in the lessons up to today that nobody saw them in.

    Those of later days are excused when they begin. Raises `NotFound`, and `Invalid` for impossible days.
    """
    if students.get(work, caller.school_id, wanted.student_id) is None:
        raise NotFound("student", wanted.student_id)
    starts_on, ends_on = _days(work, caller, wanted)
    today = local_day(caller.zone, now)
    if ends_on - starts_on >= LONGEST or starts_on < today - FARTHEST_BACK or ends_on > today + LONGEST:
        raise Invalid(
            f"an absence begins at most {FARTHEST_BACK.days} days ago and ends within {LONGEST.days} days"
        )
    absence = PlannedAbsence(
        school_id=caller.school_id, student_id=wanted.student_id, starts_on=starts_on, ends_on=ends_on,
        lesson_ids=wanted.lesson_ids, kind=wanted.kind, reason=wanted.reason, told_by=wanted.told_by,
        document=wanted.document, recorded_by=caller.name, dedupe_key=dedupe_key,
    )  # fmt: skip
    absences.add(work, absence)
    _apply(work, caller, absence, agreement, now)
    return absence


def withdraw(
    work: UnitOfWork, caller: Operator, absence_id: UUID, seen: Seen, agreement: Agreement, now: datetime
) -> PlannedAbsence:
    """Let an absence excuse nothing any more; again, it changes nothing.

    Raises `NotFound` and `ChangedMeanwhile`.
    """
    absence = find(work, caller, absence_id)
    seen.check(AbsenceOut.model_validate(absence), AbsenceOut)
    if absence.withdrawn_at is None:
        absence.withdrawn_by, absence.withdrawn_at = caller.name, now
        absence.dedupe_key = None  # the same absence may be told again
        work.session.flush()
        _apply(work, caller, absence, agreement, now)
    return absence


def find(work: UnitOfWork, caller: Operator, absence_id: UUID) -> PlannedAbsence:
    """Return the absence; raise `NotFound`."""
    absence = absences.get(work, caller.school_id, absence_id)
    if absence is None:
        raise NotFound("absence", absence_id)
    return absence


def _days(work: UnitOfWork, caller: Operator, wanted: AbsenceIn) -> tuple[date, date]:
    if wanted.starts_on is not None and wanted.ends_on is not None:
        return wanted.starts_on, wanted.ends_on
    days = _days_of_lessons(work, caller, wanted.lesson_ids or [])
    return min(days), max(days)


def _days_of_lessons(work: UnitOfWork, caller: Operator, lesson_ids: Sequence[UUID]) -> list[date]:
    starts = lessons.starts(work, caller.school_id, lesson_ids)
    unknown = next((each for each in lesson_ids if each not in starts), None)
    if unknown is not None:
        raise NotFound("lesson", unknown)
    zone = ZoneInfo(caller.school.timezone)
    return [local_day(zone, starts_at) for starts_at in starts.values()]


def _apply(
    work: UnitOfWork, caller: Operator, absence: PlannedAbsence, agreement: Agreement, now: datetime
) -> None:
    _, tomorrow = day_in(caller.zone, local_day(caller.zone, now))
    for lesson_id in absences.lessons_of(work, absence, tomorrow):
        attendance.apply(work, caller.school_id, lesson_id, agreement)
