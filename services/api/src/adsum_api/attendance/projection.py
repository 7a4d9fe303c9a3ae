"""The register as it follows from the log: the mark that counts, with the evidence known now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from adsum_api.attendance.precedence import standing
from adsum_api.attendance.rules import Proposal
from adsum_store.models import Lesson, Mark, RegisterEntry
from adsum_store.repositories import outbox, register
from adsum_store.repositories.outbox import Announcement
from adsum_store.unit_of_work import UnitOfWork

REGISTER_TOPIC = "register"
"""The outbox topic of everything that a lesson's open page wants to know; its key is the lesson's id."""

Columns = dict[str, Any]
TOLD = ("status", "code", "minutes_late", "minutes_early", "source")
"""What an open page is told of; `last seen` moves all the time, and is read when it is looked at."""


def project(
    work: UnitOfWork, lesson: Lesson, log: Sequence[Mark], proposals: Mapping[UUID, Proposal]
) -> None:
    """Make `register_entries` say what the lesson's whole log says, and announce each change.

    While a lesson runs, `proposals` bring fresher sightings than the log; without them the entries follow
    from the log alone. The caller holds the lock on the lesson.
    """
    before = {entry.student_id: _columns_of(entry) for entry in register.entries(work, lesson.id)}
    changed: list[Columns] = []
    announcements: list[Announcement] = []
    for student_id, said in log_by_student(log).items():
        columns = _entry(said, proposals.get(student_id))
        was = before.get(student_id)
        if columns == was:
            continue
        changed.append(_keys(lesson, student_id) | columns)
        if was is None or any(columns[name] != was[name] for name in TOLD):
            announcements.append(_announcement(lesson, student_id, columns, said[-1]))
    register.put(work, changed)
    outbox.announce(work, lesson.school_id, announcements)


def log_by_student(log: Sequence[Mark]) -> Mapping[UUID, Sequence[Mark]]:
    """Return each student's part of a lesson's log, in order of writing."""
    by_student: dict[UUID, list[Mark]] = {}
    for mark in log:
        by_student.setdefault(mark.student_id, []).append(mark)
    return by_student


def _entry(log: Sequence[Mark], proposal: Proposal | None) -> Columns:
    counts = standing(log)
    assert counts is not None  # noqa: S101 - a log is never empty
    return {
        "mark_id": counts.id,
        "status": counts.status,
        "minutes_late": counts.minutes_late,
        "minutes_early": counts.minutes_early,
        "code": counts.code,
        "source": counts.source,
    } | _seen(log, proposal)


def _seen(log: Sequence[Mark], proposal: Proposal | None) -> Columns:
    if proposal is not None and (presence := proposal.presence) is not None:
        return {
            "first_seen_at": presence.first_seen_at,
            "last_seen_at": presence.last_seen_at,
            "minutes_present": presence.minutes,
        }
    observed = [mark for mark in log if mark.source in ("machine", "import")]
    newest = observed[-1] if observed else None
    return {
        "first_seen_at": newest.first_seen_at if newest else None,
        "last_seen_at": newest.last_seen_at if newest else None,
        "minutes_present": newest.minutes_present if newest else None,
    }


def _columns_of(entry: RegisterEntry) -> Columns:
    names = (
        "mark_id", "status", "minutes_late", "minutes_early", "code", "source", "first_seen_at",
        "last_seen_at", "minutes_present",
    )  # fmt: skip
    return {name: getattr(entry, name) for name in names}


def _keys(lesson: Lesson, student_id: UUID) -> Columns:
    return {
        "id": uuid4(), "school_id": lesson.school_id, "lesson_id": lesson.id, "student_id": student_id,
    }  # fmt: skip


def _announcement(lesson: Lesson, student_id: UUID, columns: Columns, cause: Mark) -> Announcement:
    told = {"type": "register_changed", "lesson_id": str(lesson.id), "student_id": str(student_id)}
    payload = told | {name: columns[name] for name in TOLD} | {"at": cause.marked_at.isoformat()}
    return Announcement(REGISTER_TOPIC, str(lesson.id), f"mark:{cause.id}", payload)
