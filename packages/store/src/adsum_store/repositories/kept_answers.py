"""Kept answers: found by the key that a caller sent, kept for a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from adsum_store.models import KeptAnswer
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Whose request an answer belongs to, and the key that came with it."""

    school_id: UUID
    caller: str
    key: str


def claim(work: UnitOfWork, wanted: AnswerKey) -> bool:
    """Hold the key until the transaction ends; return False where another transaction holds it."""
    return work.try_lock("answer", f"{wanted.school_id}:{wanted.caller}:{wanted.key}")


def find(work: UnitOfWork, wanted: AnswerKey, since: datetime) -> KeptAnswer | None:
    """Return the answer that was kept with this key no earlier than `since`."""
    return work.session.scalar(select(KeptAnswer).where(*_of(wanted), KeptAnswer.created_at >= since))


def keep(
    work: UnitOfWork, wanted: AnswerKey, fingerprint: bytes, sealed: bytes, student_id: UUID | None
) -> None:
    """Write the answer, in place of an older one with its key."""
    kept = {"fingerprint": fingerprint, "sealed": sealed, "student_id": student_id}
    values: dict[str, Any] = {"school_id": wanted.school_id, "caller": wanted.caller, "key": wanted.key}
    new = insert(KeptAnswer).values(values | kept)
    work.session.execute(
        new.on_conflict_do_update(
            index_elements=["school_id", "caller", "key"], set_=kept | {"created_at": func.now()}
        )
    )


def forget(work: UnitOfWork, wanted: AnswerKey) -> None:
    """Let the request be done again, should it be sent again."""
    work.session.execute(delete(KeptAnswer).where(*_of(wanted)))


def about_nobody(work: UnitOfWork, school_id: UUID) -> Iterator[KeptAnswer]:
    """Yield the school's answers that are not kept as one student's: some tell of many."""
    query = select(KeptAnswer).where(KeptAnswer.school_id == school_id, KeptAnswer.student_id.is_(None))
    yield from work.session.scalars(query, execution_options={"yield_per": 50})


def drop_before(work: UnitOfWork, at: datetime) -> None:
    """Delete the answers of every school that were kept before `at`."""
    work.session.execute(delete(KeptAnswer).where(KeptAnswer.created_at < at))


def _of(wanted: AnswerKey) -> tuple[ColumnElement[bool], ...]:
    return (
        KeptAnswer.school_id == wanted.school_id,
        KeptAnswer.caller == wanted.caller,
        KeptAnswer.key == wanted.key,
    )
