"""`/v1/lessons/{lesson_id}/review`."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance import reviewing
from adsum_api.attendance.review_schemas import ConfirmedOut, ConfirmIn, ReviewItemOut, ReviewOut, UnnamedFace
from adsum_api.attendance.reviewing import Batch, Review, ReviewItem
from adsum_api.attendance.schemas import MarkOut
from adsum_api.attendance.signing_schemas import FinaliseIn
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.lessons import service as lessons
from adsum_api.lessons.schemas import LessonOut, lesson_out
from adsum_api.problems import documented

router = APIRouter(prefix="/v1/lessons/{lesson_id}/review", tags=["attendance"], route_class=ContractRoute)

READS: Final = [needs(Right.ATTENDANCE_READ, own=Own.LESSON)]
WRITES: Final = [needs(Right.ATTENDANCE_WRITE, own=Own.LESSON)]
CHANGED: Final = documented(
    409, "review-changed", "the review has changed since you read it: read it again and look at what is new"
)


@router.get("", dependencies=READS, summary="Whom a person has to look at")
def get_review(lesson_id: UUID, work: Work, caller: Caller, runtime: Reach, now: Now) -> ReviewOut:
    """Return the uncertain and the missing of a lesson, and the faces that fit nobody: a minute's work, where
    a whole register takes five."""
    review = reviewing.review_of(work, caller.school, lesson_id, runtime.agreement, now)
    return review_out(review, lesson_out(lessons.find(work, caller.school_id, lesson_id), now))


@router.post("/confirm", dependencies=WRITES, summary="Confirm a review", responses=CHANGED)
def confirm_review(
    lesson_id: UUID, wanted: ConfirmIn, work: Work, caller: Caller, runtime: Reach, now: Now
) -> ConfirmedOut:
    """Mark by hand whom the review asks for: everybody for whom it suggests something, or those named, with
    another status where it is wrong. What was confirmed can be taken back as one."""
    batch = reviewing.confirm(work, caller, lesson_id, wanted, runtime.agreement, now)
    return _confirmed(batch)


@router.post("/{confirmation_id}/undo", dependencies=WRITES, summary="Take a confirmation back")
def undo_confirmation(
    lesson_id: UUID, confirmation_id: UUID, wanted: FinaliseIn, work: Work, caller: Caller, runtime: Reach,
    now: Now,
) -> ConfirmedOut:  # fmt: skip
    """Let those whom a confirmation marked be what they were before, unless a person has spoken of them
    since. Both stay in the log."""
    signature = wanted.signature(caller)
    batch = reviewing.undo(work, caller.school, lesson_id, confirmation_id, signature, runtime.agreement, now)
    return _confirmed(batch)


def review_out(review: Review, lesson: LessonOut) -> ReviewOut:
    """Return the review as it is told."""
    missing = any(item.doubt.kind in ("missing", "retracted") for item in review.items)
    return ReviewOut(
        lesson=lesson,
        version=review.version,
        waiting=review.waiting,
        items=[_item(item) for item in review.items],
        faces=[UnnamedFace.model_validate(face, from_attributes=True) for face in review.faces if missing],
    )


def _item(item: ReviewItem) -> ReviewItemOut:
    line, doubt = item.line, item.doubt
    return ReviewItemOut(
        student_id=line.student_id,
        number=line.number,
        name=line.name,
        kind=doubt.kind,
        status=line.entry.status if line.entry else "unmarked",
        suggested=doubt.suggested,
        minutes_late=doubt.minutes_late,
        first_seen_at=line.entry.first_seen_at if line.entry else None,
        last_seen_at=line.entry.last_seen_at if line.entry else None,
        tracks=list(item.track_ids),
    )


def _confirmed(batch: Batch) -> ConfirmedOut:
    return ConfirmedOut(id=batch.id, marks=[MarkOut.of(mark) for mark in batch.marks])
