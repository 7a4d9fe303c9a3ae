"""What webhooks are told of students: their ids, and no more."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

from adsum_store.repositories import outbox
from adsum_store.repositories.outbox import Announcement
from adsum_store.unit_of_work import UnitOfWork

STUDENT_TOPIC: Final = "student"


def tell(
    work: UnitOfWork,
    school_id: UUID,
    student_id: UUID,
    what: Literal["consent_given", "consent_withdrawn", "student_erased"],
    cause_id: UUID,
) -> None:
    """Announce it once per cause: a consent's id, or the student's."""
    payload = {"type": what, "student_id": str(student_id)}
    told = Announcement(STUDENT_TOPIC, str(student_id), f"{what}:{cause_id}", payload)
    outbox.announce(work, school_id, [told])
