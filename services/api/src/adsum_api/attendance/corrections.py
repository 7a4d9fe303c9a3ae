"""A person's word that a face is not who it was taken for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.schemas import CorrectionOut, NewCorrection
from adsum_api.attendance.service import locked
from adsum_api.attendance.signing import check_window, speaks_as
from adsum_api.attendance.spoken_of import check_spoken_of
from adsum_api.contract.preconditions import Seen
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, NotFound
from adsum_api.ports import TaskSender
from adsum_contracts.ids import LessonId, ModelId
from adsum_contracts.routes import DECIDE_LESSON, QUEUE_DECIDE
from adsum_contracts.tasks import DecideLesson
from adsum_store.models import Correction, Lesson
from adsum_store.repositories import apart, corrections, lessons
from adsum_store.repositories.pages import EVERYTHING, PageWanted
from adsum_store.unit_of_work import UnitOfWork


class NotTakenForThem(Conflict):
    """The track has no name, or another one."""

    def __init__(self) -> None:
        super().__init__("this track is not taken for this student: read the marks' evidence again")


class SaidOtherwise(Conflict):
    """Somebody said before who the track is rather."""

    def __init__(self) -> None:
        super().__init__("this track was said to be somebody else already: only one student can be it")


@dataclass(frozen=True, slots=True)
class CorrectionOf:
    """Which correction, of which lesson and school."""

    school_id: UUID
    lesson_id: UUID
    correction_id: UUID


def correct(
    work: UnitOfWork, tasks: TaskSender, caller: Operator, lesson_id: UUID, wanted: NewCorrection,
    agreement: Agreement, now: datetime,
) -> tuple[Correction, bool]:  # fmt: skip
    """Store the correction and have the lesson decided again; return it and whether it is new.

    Saying the same again changes nothing; who it is rather may be said later. Raises `NotFound`,
    `CorrectionWindowOver`, `NotTakenForThem` and `SaidOtherwise`.
    """
    lesson = _may_change(work, caller, lesson_id, now)
    if wanted.rather_id is not None:
        check_spoken_of(work, caller, lesson, wanted.rather_id, now)
    correction = corrections.said(work.session, lesson_id, wanted.track_id, wanted.student_id)
    is_new = correction is None
    if correction is None:
        model_id = agreement.model_id_of(work, lesson.school_id)
        correction = _correction(work, lesson, wanted, caller.actor(wanted.actor), model_id)
        corrections.add(work.session, correction)
    _say_rather(work, correction, wanted.rather_id)
    _decide_again(work, tasks, lesson_id)
    return correction, is_new


def take_back(
    work: UnitOfWork, tasks: TaskSender, caller: Operator, told: CorrectionOf, actor: str | None,
    now: datetime,
) -> Correction:  # fmt: skip
    """Let a correction count no more, and have the lesson decided again; raise `NotFound` or
    `CorrectionWindowOver`.

    It stays in the record, with who took it back first. Said otherwise later, it is a new correction.
    """
    correction = _locked(work, told)
    _may_change(work, caller, told.lesson_id, now)
    if correction.taken_back_at is None:
        correction.taken_back_by, correction.taken_back_at = caller.actor(actor), now
        work.session.flush()
    _decide_again(work, tasks, told.lesson_id)
    return correction


def check_seen(work: UnitOfWork, told: CorrectionOf, seen: Seen) -> None:
    """Raise `ChangedMeanwhile` unless the caller has seen the correction as it is; or `NotFound`."""
    seen.check(CorrectionOut.of(_locked(work, told)), CorrectionOut)


def of_lesson(
    work: UnitOfWork, school_id: UUID, lesson_id: UUID, wanted: PageWanted = EVERYTHING
) -> Sequence[Correction]:
    """Return what was said of a lesson's faces, oldest first, with what was taken back; raise `NotFound`."""
    if lessons.get(work, school_id, lesson_id) is None:
        raise NotFound("lesson", lesson_id)
    return corrections.of_lesson(work.session, school_id, lesson_id, wanted)


def _decide_again(work: UnitOfWork, tasks: TaskSender, lesson_id: UUID) -> None:
    message = DecideLesson(lesson_id=LessonId(lesson_id))
    work.after_commit(lambda: tasks.send(DECIDE_LESSON, QUEUE_DECIDE, message))


def _may_change(work: UnitOfWork, caller: Operator, lesson_id: UUID, now: datetime) -> Lesson:
    """Return the lesson, locked: a face without its name changes what the register says."""
    lesson = locked(work, caller.school_id, lesson_id)
    if lesson is None:
        raise NotFound("lesson", lesson_id)
    check_window(caller.school, lesson, speaks_as(caller, "office"), now)
    return lesson


def _correction(
    work: UnitOfWork, lesson: Lesson, wanted: NewCorrection, actor: str, model_id: ModelId
) -> Correction:
    track = corrections.track(work.session, lesson.school_id, lesson.id, wanted.track_id)
    if track is None:
        raise NotFound("track", wanted.track_id)
    if track.decision != "recognised" or track.student_id != wanted.student_id:
        raise NotTakenForThem
    return Correction(
        school_id=lesson.school_id,
        lesson_id=lesson.id,
        track_id=track.id,
        student_id=wanted.student_id,
        rather_id=None,
        model_id=model_id,
        lead=max(0.0, track.margin or 0.0),
        actor=actor,
    )


def _say_rather(work: UnitOfWork, correction: Correction, rather_id: UUID | None) -> None:
    """Make the two a negative pair. The track's margin was what the pair's extra lead had left of its lead:
    so that it does not suffice again, the extra lead grows by it."""
    if rather_id is None or rather_id == correction.rather_id:
        return
    if correction.rather_id is not None:
        raise SaidOtherwise
    before = apart.pairs(work.session, correction.school_id, correction.model_id)
    correction.lead += before.get(frozenset((correction.student_id, rather_id)), 0.0)
    correction.rather_id = rather_id
    work.session.flush()


def _locked(work: UnitOfWork, told: CorrectionOf) -> Correction:
    work.lock("lesson", told.lesson_id)
    correction = corrections.get(work.session, told.school_id, told.lesson_id, told.correction_id)
    if correction is None:
        raise NotFound("correction", told.correction_id)
    return correction
