"""Absence warnings are found by beat, held, and leave the school only when a person releases them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from adsum_api.attendance.streaks import Limits, streak_of, warnings_of
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, NotFound
from adsum_store.models import AbsenceWarning, School
from adsum_store.repositories import outbox, warnings
from adsum_store.repositories.outbox import Announcement
from adsum_store.repositories.warnings import Warned
from adsum_store.unit_of_work import UnitOfWork

WARNINGS_TOPIC: Final = "absence_warning"
LOOK_BACK: Final = timedelta(days=60)
LATELY: Final = timedelta(days=14)
"""Whoever was absent in that time may be in a streak; a holiday of two weeks ends none in between."""


class WarningDecided(Conflict):
    """Somebody released or dismissed it before."""

    def __init__(self, warning: AbsenceWarning) -> None:
        super().__init__(f"{warning.decided_by} {warning.state} this warning already")


def find_warnings(work: UnitOfWork, school: School, now: datetime) -> int:
    """Hold a warning for each student who is in a long enough streak now; return how many."""
    limits = Limits(school.warn_after_lessons, school.warn_after_days)
    judged = warnings.judged(work, school, now - LOOK_BACK, now - LATELY)
    rows: list[dict[str, Any]] = []
    for student_id, of_student in groupby(judged, key=lambda each: each.student_id):
        streak = streak_of((each.day, each.status) for each in of_student)
        if streak is not None:
            shared = {"student_id": student_id, "first_on": streak.first_on, "last_on": streak.last_on}
            found = warnings_of(streak, limits)
            rows += [{"id": uuid4(), "kind": kind, "count": count, **shared} for kind, count in found]
    warnings.hold(work, school.id, rows)
    return len(rows)


def decide(
    work: UnitOfWork, caller: Operator, warning_id: UUID, state: Literal["released", "dismissed"],
    note: str | None, now: datetime,
) -> Warned:  # fmt: skip
    """Release a warning, which tells it to whoever listens, or dismiss it; raise `NotFound` and
    `WarningDecided`."""
    warned = warnings.locked(work, caller.school_id, warning_id)
    if warned is None:
        raise NotFound("warning", warning_id)
    warning = warned.warning
    if warning.state != "held":
        raise WarningDecided(warning)
    warning.state, warning.note = state, note
    warning.decided_by, warning.decided_at = caller.name, now
    work.session.flush()
    if state == "released":
        outbox.announce(work, caller.school_id, [_announcement(warning, now)])
    return warned


def _announcement(warning: AbsenceWarning, now: datetime) -> Announcement:
    payload = {
        "type": "absence_warning_released", "warning_id": str(warning.id),
        "student_id": str(warning.student_id), "kind": warning.kind, "count": warning.count,
        "first_on": warning.first_on.isoformat(), "last_on": warning.last_on.isoformat(),
        "at": now.isoformat(),
    }  # fmt: skip
    return Announcement(WARNINGS_TOPIC, str(warning.student_id), f"released:{warning.id}", payload)
