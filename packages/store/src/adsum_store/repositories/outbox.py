"""The outbox: messages written with their cause, read in order by whoever tells them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from adsum_store.models import OutboxMessage
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to tell about `key` under `topic`, once per `dedupe_key`."""

    topic: str
    key: str
    dedupe_key: str
    payload: dict[str, Any]


def announce(work: UnitOfWork, school_id: UUID, announcements: Sequence[Announcement]) -> None:
    """Write these messages in this order; one that was told already is left as it is.

    Ids of one key grow in the order of commits only when all who write about it hold the same lock.
    """
    for each in announcements:
        values = {
            "school_id": school_id, "topic": each.topic, "key": each.key,
            "dedupe_key": each.dedupe_key, "payload": each.payload,
        }  # fmt: skip
        work.session.execute(
            insert(OutboxMessage)
            .values(values)
            .on_conflict_do_nothing(index_elements=["school_id", "topic", "dedupe_key"])
        )


def after(
    work: UnitOfWork, school_id: UUID, topic: str, key: str, last_id: int, limit: int = 500
) -> Sequence[OutboxMessage]:
    """Return at most `limit` messages about `key` that are newer than `last_id`, in order."""
    query = select(OutboxMessage).where(*_about(school_id, topic, key), OutboxMessage.id > last_id)
    return work.session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()


def newest_id(work: UnitOfWork, school_id: UUID, topic: str, key: str) -> int:
    """Return the id of the newest message about `key`, 0 when there is none."""
    newest = func.coalesce(func.max(OutboxMessage.id), 0)
    return work.session.scalars(select(newest).where(*_about(school_id, topic, key))).one()


def drop_before(work: UnitOfWork, at: datetime) -> None:
    """Delete the messages of every school that were written before `at`."""
    work.session.execute(delete(OutboxMessage).where(OutboxMessage.created_at < at))


def _about(school_id: UUID, topic: str, key: str) -> tuple[Any, ...]:
    return OutboxMessage.school_id == school_id, OutboxMessage.topic == topic, OutboxMessage.key == key
