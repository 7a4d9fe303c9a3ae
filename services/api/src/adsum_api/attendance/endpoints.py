"""Registers, marks by hand, and attendance by lesson, student and day."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance import by_hand, corrections, reading
from adsum_api.attendance.bulk import MarksIn, mark_many
from adsum_api.attendance.schemas import (
    CorrectionOut,
    EntryOfLesson,
    FaceElsewhere,
    MarkOut,
    NewCorrection,
    NewMark,
    RegisterOut,
)
from adsum_api.contract.bulk import BulkOut, answered, read
from adsum_api.contract.idempotency import SentKey
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch, tell_tag
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.lessons.days import local_day
from adsum_store.models import Correction

router = APIRouter(prefix="/v1", tags=["attendance"], route_class=ContractRoute)


@router.get("/lessons/{lesson_id}/register", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)])
def get_register(lesson_id: UUID, work: Work, caller: Caller, now: Now) -> RegisterOut:
    """Return the register: everybody expected or marked, in the order of their numbers."""
    return reading.register_of(work, caller.school_id, lesson_id, now)


@router.post(
    "/lessons/{lesson_id}/marks",
    dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)],
    status_code=HTTPStatus.CREATED,
)
def mark_by_hand(
    lesson_id: UUID,
    wanted: NewMark,
    work: Work,
    caller: Caller,
    runtime: Reach,
    response: Response,
    now: Now,
    key: SentKey,
) -> MarkOut:
    """Say by hand what a student is. A key of long ago that said the same answers 200 with that mark."""
    mark, is_new = by_hand.mark_by_hand(work, caller, lesson_id, wanted, key, runtime.agreement, now)
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return MarkOut.of(mark)


@router.post("/lessons/{lesson_id}/marks/bulk", dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)])
def mark_many_by_hand(
    lesson_id: UUID, wanted: MarksIn, work: Work, caller: Caller, runtime: Reach, now: Now, key: SentKey
) -> BulkOut:
    """Say what up to 1,000 students are. The answer is 200, and tells each mark's status and id, or problem.
    The register is computed once."""
    items = read(NewMark, wanted.marks)
    return answered(mark_many(work, caller, lesson_id, items, key, runtime.agreement, now))


@router.get("/lessons/{lesson_id}/marks", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)])
def get_marks(
    lesson_id: UUID, work: Work, caller: Caller, paged: Paged, student_id: UUID | None = None
) -> list[MarkOut]:
    """Return the log of a lesson, of one student or of all, in order of writing."""
    found = reading.log_of(work, caller.school_id, lesson_id, student_id, paged.wanted)
    return list(paged.page(found, lambda mark: (mark.id,)))


@router.post(
    "/lessons/{lesson_id}/corrections",
    dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)],
    status_code=HTTPStatus.CREATED,
)
def correct_a_face(
    lesson_id: UUID,
    wanted: NewCorrection,
    work: Work,
    caller: Caller,
    runtime: Reach,
    response: Response,
    now: Now,
) -> CorrectionOut:
    """Say that a track (of a mark's `evidence`) is not the student whom it was taken for.

    The face loses the name at once. With `rather_id` the two students are a negative pair from now on: one
    is named only with a larger lead over the other. Said again, or completed with
    `rather_id`, it answers 200.
    """
    agreement = runtime.agreement
    correction, is_new = corrections.correct(work, runtime.tasks, caller, lesson_id, wanted, agreement, now)
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return _shown(correction, response)


@router.get("/lessons/{lesson_id}/corrections", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)])
def get_corrections(lesson_id: UUID, work: Work, caller: Caller, paged: Paged) -> list[CorrectionOut]:
    """Return what was said of a lesson's faces, oldest first; what was taken back has `taken_back_at`."""
    found = corrections.of_lesson(work, caller.school_id, lesson_id, paged.wanted)
    page = paged.page(found, lambda each: (each.created_at, each.id))
    return [CorrectionOut.of(each) for each in page]


@router.delete(
    "/lessons/{lesson_id}/corrections/{correction_id}",
    dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)],
    responses=EDITS,
)
def take_a_correction_back(
    lesson_id: UUID,
    correction_id: UUID,
    work: Work,
    caller: Caller,
    runtime: Reach,
    now: Now,
    seen: IfMatch,
    actor: Annotated[str | None, Query(min_length=1, max_length=100, description="who says so")] = None,
) -> CorrectionOut:
    """Let a correction count no more: the lesson is decided again, and the pair needs no larger lead for it.

    It stays in the log with who took it back; doing so again changes nothing.
    """
    told = corrections.CorrectionOf(caller.school_id, lesson_id, correction_id)
    corrections.check_seen(work, told, seen)
    return CorrectionOut.of(corrections.take_back(work, runtime.tasks, caller, told, actor, now))


def _shown(correction: Correction, response: Response) -> CorrectionOut:
    shown = CorrectionOut.of(correction)
    tell_tag(response, shown, CorrectionOut)
    return shown


@router.get(
    "/lessons/{lesson_id}/known-elsewhere", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)]
)
def get_known_elsewhere(lesson_id: UUID, work: Work, caller: Caller, paged: Paged) -> list[FaceElsewhere]:
    """Return the faces that fit nobody on the roster and surely a student of the school, by time.

    A hint for a person, which marks nobody; what it tells is the school's `known_elsewhere`.
    """
    found = reading.known_elsewhere(work, caller.school_id, lesson_id, paged.wanted)
    page = paged.page(found, lambda told: (told.track.started_at, told.track.id))
    return [FaceElsewhere.of(told) for told in page]


@router.get("/students/{student_id}/attendance", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.ROWS)])
def get_attendance_of_student(
    student_id: UUID,
    work: Work,
    caller: Caller,
    now: Now,
    paged: Paged,
    first: Annotated[date | None, Query(alias="from", description="first day; 30 days ago")] = None,
    last: Annotated[date | None, Query(alias="to", description="last day, included; today")] = None,
) -> list[EntryOfLesson]:
    """Return a student's marks of at most 400 days, by time."""
    days = reading.days_of(first, last, local_day(caller.zone, now))
    found = reading.attendance_of_student(work, caller.school_id, student_id, days, caller.zone, paged.wanted)
    return list(paged.page(found, _order_of))


@router.get("/attendance", dependencies=[needs(Right.ATTENDANCE_READ, own=Own.ROWS)])
def get_attendance_of_day(
    work: Work,
    caller: Caller,
    now: Now,
    paged: Paged,
    on: Annotated[date | None, Query(alias="date", description="the school's day; today")] = None,
) -> list[EntryOfLesson]:
    """Return all marks of the lessons that start on a day of the school's calendar, by time and number."""
    day = on or local_day(caller.zone, now)
    found = reading.attendance_of_day(work, caller.school_id, day, caller.zone, paged.wanted)
    return list(paged.page(found, _order_of))


def _order_of(entry: EntryOfLesson) -> tuple[object, ...]:
    return entry.starts_at, entry.lesson_id, len(entry.number), entry.number
