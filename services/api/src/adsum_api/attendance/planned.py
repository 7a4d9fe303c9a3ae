"""What planned absences say in a lesson's log: `excused` of who is covered, taken back when that is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from adsum_api.attendance.precedence import planned_word
from adsum_store.models import Lesson, Mark, PlannedAbsence


def planned_marks(
    lesson: Lesson,
    log: Mapping[UUID, Sequence[Mark]],
    expected: Collection[UUID],
    planned: Mapping[UUID, PlannedAbsence],
) -> list[Mark]:
    """Return the marks that make the log say who is excused; `expected` are the students on the roster."""
    told = {student_id: absence for student_id, absence in planned.items() if student_id in expected}
    said = {
        student_id for student_id, marks in log.items() if any(mark.source == "planned" for mark in marks)
    }
    return [
        _mark(lesson, student_id, word, told.get(student_id), len(log.get(student_id, ())))
        for student_id in sorted(told.keys() | said)
        if (word := planned_word(student_id in told, log.get(student_id, ()))) is not None
    ]


def _mark(lesson: Lesson, student_id: UUID, word: str, absence: PlannedAbsence | None, said: int) -> Mark:
    evidence: dict[str, Any] = {} if absence is None else {"absence": str(absence.id)}
    return Mark(
        school_id=lesson.school_id,
        lesson_id=lesson.id,
        student_id=student_id,
        mark_key=f"planned:after:{said}",
        status=word,
        source="planned",
        actor="planned-absence" if absence is None else absence.recorded_by,
        reason=None if absence is None else absence.kind,
        evidence=evidence,
    )
