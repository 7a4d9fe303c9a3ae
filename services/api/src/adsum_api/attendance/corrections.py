"""A person's word that a face is not who it was taken for."""

from __future__ import annotations

from uuid import UUID

from adsum_api.attendance.schemas import NewCorrection
from adsum_api.errors import Conflict, NotFound
from adsum_api.ports import TaskSender
from adsum_contracts.ids import LessonId, ModelId
from adsum_contracts.routes import DECIDE_LESSON, QUEUE_IDENTIFY
from adsum_contracts.tasks import DecideLesson
from adsum_store.models import Correction
from adsum_store.repositories import corrections, lessons, students
from adsum_store.unit_of_work import UnitOfWork


class NotTakenForThem(Conflict):
    """The track has no name, or another one."""

    def __init__(self) -> None:
        super().__init__("this track is not taken for this student: read the marks' evidence again")


def correct(
    work: UnitOfWork, tasks: TaskSender, school_id: UUID, lesson_id: UUID, wanted: NewCorrection,
    actor: str, model_id: ModelId,
) -> tuple[Correction, bool]:  # fmt: skip
    """Store the correction and have the lesson decided again; return it and whether it is new.

    Saying the same again changes nothing. Raises `NotFound`, and `NotTakenForThem`.
    """
    work.lock("lesson", lesson_id)
    if lessons.get(work, school_id, lesson_id) is None:
        raise NotFound("lesson", lesson_id)
    known = corrections.said(work.session, lesson_id, wanted.track_id, wanted.student_id)
    if known is None:
        correction = _correction(work, school_id, lesson_id, wanted, actor, model_id)
        corrections.add(work.session, correction)
    message = DecideLesson(lesson_id=LessonId(lesson_id))
    work.after_commit(lambda: tasks.send(DECIDE_LESSON, QUEUE_IDENTIFY, message))
    return known or correction, known is None


def _correction(
    work: UnitOfWork, school_id: UUID, lesson_id: UUID, wanted: NewCorrection, actor: str, model_id: ModelId
) -> Correction:
    track = corrections.track(work.session, school_id, lesson_id, wanted.track_id)
    if track is None:
        raise NotFound("track", wanted.track_id)
    if wanted.rather_id is not None and students.get(work, school_id, wanted.rather_id) is None:
        raise NotFound("student", wanted.rather_id)
    if track.student_id != wanted.student_id or track.margin is None:
        raise NotTakenForThem
    return Correction(
        school_id=school_id,
        lesson_id=lesson_id,
        track_id=track.id,
        student_id=wanted.student_id,
        rather_id=wanted.rather_id,
        model_id=model_id,
        lead=max(0.0, track.margin),
        actor=wanted.actor or actor,
    )
