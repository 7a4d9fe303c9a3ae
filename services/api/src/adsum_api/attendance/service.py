"""From committed tracks and people's words to the register: one transaction, under the lesson's lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func

from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.planned import planned_marks
from adsum_api.attendance.precedence import MachineMark, Phase, machine_word
from adsum_api.attendance.presence import Span
from adsum_api.attendance.projection import REGISTER_TOPIC, log_by_student, project
from adsum_api.attendance.rules import (
    LessonTimes,
    Proposal,
    RecognisedTrack,
    ReviewReason,
    RosterMember,
    minutes_early,
    propose,
)
from adsum_api.ports import Clock
from adsum_store.models import Lesson, Mark, Track
from adsum_store.repositories import absences, coverage, lessons, marks, outbox, register
from adsum_store.repositories.outbox import Announcement
from adsum_store.unit_of_work import Store, UnitOfWork


def apply(work: UnitOfWork, school_id: UUID, lesson_id: UUID, agreement: Agreement) -> int:
    """Recompute a lesson from its committed tracks; return how many marks that added.

    Applying twice, or from two workers at once, adds nothing more. A lesson that is gone adds nothing.
    """
    lesson = locked(work, school_id, lesson_id)
    if lesson is None:
        return 0
    return reapply(work, lesson, agreement)


def reapply(work: UnitOfWork, lesson: Lesson, agreement: Agreement) -> int:
    """Do as `apply` does with a lesson that is `locked`."""
    return _apply(work, lesson, agreement, "open" if lesson.closed_at is None else "closed")


def close(work: UnitOfWork, school_id: UUID, lesson_id: UUID, agreement: Agreement, now: datetime) -> None:
    """Finalise a lesson: judge who never came, and let nothing but people change it afterwards."""
    lesson = locked(work, school_id, lesson_id)
    if lesson is None or lesson.closed_at is not None:
        return
    _apply(work, lesson, agreement, "closing")
    lesson.closed_at = now
    closed = {"type": "lesson_closed", "lesson_id": str(lesson.id)}
    told = Announcement(REGISTER_TOPIC, str(lesson.id), f"closed:{lesson.id}", closed)
    outbox.announce(work, school_id, [told])


def close_due(store: Store, agreement: Agreement, clock: Clock) -> int:
    """Close the lessons that are due, and apply those whose follow-up was lost; return how many closed."""
    with store.begin() as work:
        due = lessons.due(work, clock(), agreement.settle, agreement.wait_at_most)
    for school_id, lesson_id in due:
        with store.begin() as work:
            close(work, school_id, lesson_id, agreement, clock())
    with store.begin() as work:
        outdated = lessons.outdated(work, clock())
    for school_id, lesson_id in outdated:
        with store.begin() as work:
            apply(work, school_id, lesson_id, agreement)
    return len(due)


def locked(work: UnitOfWork, school_id: UUID, lesson_id: UUID) -> Lesson | None:
    """Wait for the lock on the lesson, then return it as it is now, or None when it is gone."""
    work.lock("lesson", lesson_id)
    placed = lessons.get(work, school_id, lesson_id)
    return None if placed is None else placed.lesson


def proposals_for(
    work: UnitOfWork, lesson: Lesson, agreement: Agreement, planned: Collection[UUID], *, over: bool
) -> Mapping[UUID, Proposal]:
    """Return what the machine would say now of everybody in the lesson; `planned` were not to come."""
    return _proposals(work, lesson, agreement, planned, Span(lesson.starts_at, lesson.ends_at), over=over)


def proposals_until(
    work: UnitOfWork, lesson: Lesson, agreement: Agreement, planned: Collection[UUID], now: datetime
) -> Mapping[UUID, Proposal]:
    """Return what the machine would say of everybody if the lesson ended now; nothing before it began."""
    if now <= lesson.starts_at:
        return {}
    span = Span(lesson.starts_at, min(now, lesson.ends_at))
    return _proposals(work, lesson, agreement, planned, span, over=True)


def _proposals(
    work: UnitOfWork, lesson: Lesson, agreement: Agreement, planned: Collection[UUID], span: Span,
    *, over: bool,
) -> Mapping[UUID, Proposal]:  # fmt: skip
    members = register.roster(work, lesson, agreement.model_id_of(work, lesson.school_id))
    tracks = coverage.recognised_tracks(work, lesson.school_id, lesson.id)
    watched = coverage.watched(work, lesson.school_id, lesson.room_id, span.start, span.end)
    return propose(
        LessonTimes(span, timedelta(seconds=lesson.late_after_s), over),
        [RosterMember(each.student_id, each.recognisable, each.student_id in planned) for each in members],
        [known for track in tracks if (known := recognised(track)) is not None],
        [Span(since, at) for since, at in watched],
        agreement.policy,
    )


def _apply(work: UnitOfWork, lesson: Lesson, agreement: Agreement, phase: Phase) -> int:
    planned = absences.covering(work, lesson)
    proposals = proposals_for(work, lesson, agreement, planned, over=phase != "open")
    written = marks.log(work, lesson.school_id, lesson.id)
    log = log_by_student(written)
    finalised = lesson.finalised_at is not None
    new = [
        _machine_mark(lesson, student_id, word, len(said))
        for student_id, proposal in proposals.items()
        for said in [log.get(student_id, ())]
        if (word := machine_word(proposal, said, phase, finalised=finalised)) is not None
    ]
    new += planned_marks(lesson, log, proposals, planned)
    marks.append(work, new)
    project(work, lesson, [*written, *new], proposals if phase != "closed" else {})
    lesson.applied_at = func.now()  # when this transaction began: before it read the tracks
    return len(new)


def recognised(track: Track) -> RecognisedTrack | None:
    """Return a track as the rules know it, or None while it has no name."""
    if track.student_id is None:
        return None
    seen = Span(track.since or track.started_at, max(track.started_at, track.last_seen_at))
    return RecognisedTrack(track.id, track.student_id, seen, track.captured_at, _review(track))


def _review(track: Track) -> ReviewReason | None:
    """A reason that a newer recognizer may know asks for a person all the same."""
    return None if track.review is None else "may_be_a_picture"


def _machine_mark(lesson: Lesson, student_id: UUID, word: MachineMark, said: int) -> Mark:
    presence = word.proposal.presence
    return Mark(
        school_id=lesson.school_id,
        lesson_id=lesson.id,
        student_id=student_id,
        mark_key=f"machine:after:{said}",  # of two writers who read the same log, one is refused
        status=word.status,
        minutes_late=word.minutes_late,
        minutes_early=_minutes_early(lesson, word),
        source="machine",
        actor="attendance-rules",
        reason=word.proposal.review,
        first_seen_at=presence.first_seen_at if presence else None,
        last_seen_at=presence.last_seen_at if presence else None,
        minutes_present=presence.minutes if presence else None,
        evidence=_evidence(word),
    )


def _minutes_early(lesson: Lesson, word: MachineMark) -> int | None:
    presence = word.proposal.presence
    if word.status != "left_early" or presence is None:
        return None
    return minutes_early(Span(lesson.starts_at, lesson.ends_at), presence.last_seen_at)


def _evidence(word: MachineMark) -> dict[str, Any]:
    presence = word.proposal.presence
    evidence: dict[str, Any] = {}
    if presence is not None:
        evidence["tracks"] = [str(track_id) for track_id in presence.track_ids]
        evidence["captured_at"] = presence.captured_at.isoformat()
    if word.status == "pending_review":
        evidence["proposed_status"] = word.proposal.status
        evidence["proposed_minutes_late"] = word.proposal.minutes_late
        if word.proposal.review is not None:
            evidence["review"] = word.proposal.review
    return evidence
