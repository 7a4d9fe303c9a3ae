"""`/v1/lessons/{lesson_id}/finalise`, `/reopen` and `/signings`."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance import signing
from adsum_api.attendance.signing_schemas import FinaliseIn, ReopenIn, SigningOut
from adsum_api.contract.paging import Paged
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.lessons import service as lessons
from adsum_api.lessons.schemas import LessonOut, lesson_out
from adsum_api.problems import documented

router = APIRouter(prefix="/v1/lessons/{lesson_id}", tags=["attendance"], route_class=ContractRoute)

LATE = documented(
    403,
    "correction-window-over",
    "teachers could change this register until 2026-02-25: ask the office",
)


@router.post(
    "/finalise",
    dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)],
    summary="Finalise a register",
    responses=LATE
    | documented(
        409, "register-incomplete", "2 students have no word yet: confirm the lesson's review first"
    ),
)
def finalise_register(
    lesson_id: UUID, wanted: FinaliseIn, work: Work, caller: Caller, runtime: Reach, now: Now
) -> LessonOut:
    """Sign the register as it stands. From then on what a camera sees goes to review, and people change it
    only after it is reopened. Signed already, it answers the same and changes nothing."""
    signature = wanted.signature(caller)
    signing.finalise(work, caller.school, lesson_id, signature, runtime.agreement, now)
    return lesson_out(lessons.find(work, caller.school_id, lesson_id), now)


@router.post(
    "/reopen",
    dependencies=[needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)],
    summary="Reopen a register",
    responses=LATE
    | documented(409, "register-not-finalised", "this register is open already: nobody has finalised it"),
)
def reopen_register(
    lesson_id: UUID, wanted: ReopenIn, work: Work, caller: Caller, runtime: Reach, now: Now
) -> LessonOut:
    """Let a finalised register be changed again, and say why."""
    signature = wanted.signature(caller)
    signing.reopen(work, caller.school, lesson_id, signature, runtime.agreement, now)
    return lesson_out(lessons.find(work, caller.school_id, lesson_id), now)


@router.get(
    "/signings",
    dependencies=[needs(Right.ATTENDANCE_READ, own=Own.LESSON)],
    summary="Who finalised and reopened a register",
)
def list_signings(lesson_id: UUID, work: Work, caller: Caller, paged: Paged) -> list[SigningOut]:
    """Return every act on the register, oldest first."""
    lessons.find(work, caller.school_id, lesson_id)
    found = signing.of_lesson(work, caller.school, lesson_id, paged.wanted)
    return [SigningOut.model_validate(each) for each in paged.page(found, lambda each: (each.id,))]
