"""What is a teacher's own: their sections, with the lessons and students of these."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fastapi import Request

from adsum_api.deps import Operator
from adsum_api.errors import NotFound
from adsum_api.lessons.days import local_day
from adsum_store.repositories import taught
from adsum_store.unit_of_work import UnitOfWork


class Own(StrEnum):
    """How a route keeps to a teacher's sections. What is not theirs is not there for them (404)."""

    LESSON = "lesson"
    """`lesson_id`, in the path or the query, is a lesson of a section they teach on its day."""
    SECTION = "section"
    """`section_id`, likewise, is a section that they teach today."""
    STUDENT = "student"
    """`student_id`, likewise, belongs today to a section that they teach today."""
    SHARED = "shared"
    """Nothing here is about students: whoever teaches may have it all."""
    ROWS = "rows"
    """The endpoint leaves out what is not theirs: it asks `caller.taught_by`."""


def check_own(work: UnitOfWork, caller: Operator, own: Own, request: Request, now: datetime) -> None:
    """Raise `NotFound` unless what the request names is the caller's own."""
    if own in (Own.SHARED, Own.ROWS):
        return
    name = f"{own}_id"
    given = str(request.path_params.get(name) or request.query_params.get(name) or "")
    if not _is_own(work, caller, own, given, now):
        raise NotFound(own, given)


def _is_own(work: UnitOfWork, caller: Operator, own: Own, given: str, now: datetime) -> bool:
    staff_id, wanted = caller.taught_by, _uuid(given)
    if staff_id is None or wanted is None:
        return False
    if own is Own.LESSON:
        return taught.has_lesson(work, caller.school_id, staff_id, wanted)
    day = local_day(caller.zone, now)
    has = taught.has_section if own is Own.SECTION else taught.has_student
    return has(work, caller.school_id, staff_id, wanted, day)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
