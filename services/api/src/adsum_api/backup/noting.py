"""That the record was copied, and when: in each school's log, for whoever asks how old the last backup is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from adsum_store.repositories import audit, retention
from adsum_store.repositories.audit import Action, NewEntry
from adsum_store.unit_of_work import UnitOfWork

ACTOR: Final = "adsum-api backup"

How = Literal["sealed", "elsewhere"]


@dataclass(frozen=True, slots=True)
class LastBackup:
    """When the newest backup was noted, and whether we made it or were told of it."""

    at: datetime
    how: str


def note_backup(work: UnitOfWork, how: How, rows: int | None = None) -> None:
    """Log, at every school, that all of the record was copied; `rows` where we counted them."""
    details = {"how": how, "rows": rows}
    for school in retention.schools(work):
        subject = ("school", str(school.id))
        audit.append(work, NewEntry(school.id, ACTOR, Action.BACKED_UP, subject, None, details))


def last_backup(work: UnitOfWork, school_id: UUID) -> LastBackup | None:
    """Return the newest that is in this school's log."""
    entry = audit.newest(work, school_id, Action.BACKED_UP)
    return None if entry is None else LastBackup(entry.at, str(entry.details.get("how")))
