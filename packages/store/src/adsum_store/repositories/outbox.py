"""The outbox: messages written with their cause, read in order by whoever tells them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from adsum_store.models import OutboxMessage, OutboxStream
from adsum_store.repositories import webhooks
from adsum_store.repositories.row_set import as_parameter, row_set, table_of
from adsum_store.unit_of_work import UnitOfWork
from adsum_store.wakeups import CHANNEL


@dataclass(frozen=True, slots=True)
class Subject:
    """What messages are about: `key` under `topic`, in one school."""

    school_id: UUID
    topic: str
    key: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to tell about `key` under `topic`, once per `dedupe_key`."""

    topic: str
    key: str
    dedupe_key: str
    payload: dict[str, Any]


def announce(work: UnitOfWork, school_id: UUID, announcements: Sequence[Announcement]) -> None:
    """Write these messages in this order, and wake whoever waits for them at the commit; one that was told
    already is left as it is.

    Whoever announces about the same key waits until this transaction ends: no number is ever given before
    the one below it can be read.
    """
    by_subject: dict[Subject, dict[str, Announcement]] = {}
    for each in announcements:
        subject = Subject(school_id, each.topic, each.key)
        by_subject.setdefault(subject, {}).setdefault(each.dedupe_key, each)
    for subject in sorted(
        by_subject, key=lambda subject: (subject.topic, subject.key)
    ):  # none waits crosswise
        _announce_about(work, subject, by_subject[subject])


def tell_nobody_else(work: UnitOfWork, about: Subject, said: Announcement) -> OutboxMessage:
    """Write a message that no webhook is told by itself, and return it."""
    held = _hold(work, about)
    message = OutboxMessage(**_row(about, said, held + 1))
    work.session.add(message)
    _advance(work, about, held + 1)
    work.session.flush()
    return message


def by_id(work: UnitOfWork, message_id: int) -> OutboxMessage:
    """Return the message of this id; raise `sqlalchemy.exc.NoResultFound` when it is kept no longer."""
    return work.session.scalars(select(OutboxMessage).where(OutboxMessage.id == message_id)).one()


def after(work: UnitOfWork, about: Subject, sequence: int, limit: int) -> Sequence[OutboxMessage]:
    """Return at most `limit` messages of the subject that come after this one, in order."""
    query = select(OutboxMessage).where(*_of(OutboxMessage, about), OutboxMessage.sequence > sequence)
    return work.session.scalars(query.order_by(OutboxMessage.sequence).limit(limit)).all()


def newest(work: UnitOfWork, about: Subject) -> int:
    """Return the number of the newest message of the subject, 0 when there never was one."""
    return work.session.scalar(select(OutboxStream.newest).where(*_of(OutboxStream, about))) or 0


def drop_before(work: UnitOfWork, at: datetime) -> None:
    """Delete the messages of every school that were written before `at`."""
    work.session.execute(delete(OutboxMessage).where(OutboxMessage.created_at < at))


def _announce_about(work: UnitOfWork, about: Subject, by_key: dict[str, Announcement]) -> None:
    held = _hold(work, about)
    rows = [_row(about, each, place) for place, each in enumerate(by_key.values(), 1)]
    ids = work.session.scalars(_telling(), as_parameter(rows) | {"held": held}).all()
    if ids:
        webhooks.enqueue(work, about.school_id, ids)
        _advance(work, about, held + len(ids))


@cache
def _telling() -> ReturningInsert[int]:
    """Write the rows whose cause was not told before, numbered on from `held` in their order."""
    table = table_of(OutboxMessage)
    given = row_set(table, ("school_id", "topic", "key", "sequence", "dedupe_key", "payload"))
    told = exists().where(
        OutboxMessage.school_id == given.c.school_id,
        OutboxMessage.topic == given.c.topic,
        OutboxMessage.dedupe_key == given.c.dedupe_key,
    )
    place = func.row_number().over(order_by=given.c.sequence)
    sequence = (bindparam("held", type_=BigInteger) + place).label("sequence")
    fresh = [sequence if each.name == "sequence" else each for each in given.c]
    rows = select(*fresh).where(~told).order_by(given.c.sequence)
    return insert(table).from_select([*given.c.keys()], rows).returning(table.c.id)


def _advance(work: UnitOfWork, about: Subject, newest: int) -> None:
    work.session.execute(_advancing(), _named(about) | {"reached": newest})


@cache
def _advancing() -> ReturningUpdate[Any]:
    table = table_of(OutboxStream)
    advanced = update(table).where(*(table.c[name] == bindparam(f"its_{name}") for name in NAMED))
    wake = func.pg_notify(CHANNEL, bindparam("its_key"))
    return advanced.values(newest=bindparam("reached")).returning(wake)


def _hold(work: UnitOfWork, about: Subject) -> int:
    """Lock the subject's stream until the transaction ends, and return how far it has come."""
    return work.session.scalars(_holding(), _named(about)).one()


@cache
def _holding() -> ReturningInsert[int]:
    table = table_of(OutboxStream)
    row = upsert(table).values({name: bindparam(f"its_{name}") for name in NAMED})
    held = row.on_conflict_do_update(index_elements=NAMED, set_={"newest": table.c.newest})
    return held.returning(table.c.newest)


NAMED: Final = ("school_id", "topic", "key")
"""The columns that name a stream."""


def _named(about: Subject) -> dict[str, Any]:
    return {"its_school_id": about.school_id, "its_topic": about.topic, "its_key": about.key}


def _row(about: Subject, said: Announcement, sequence: int) -> dict[str, Any]:
    return {
        "school_id": about.school_id, "topic": about.topic, "key": about.key, "sequence": sequence,
        "dedupe_key": said.dedupe_key, "payload": said.payload,
    }  # fmt: skip


def _of(table: type[OutboxMessage] | type[OutboxStream], about: Subject) -> tuple[Any, ...]:
    return table.school_id == about.school_id, table.topic == about.topic, table.key == about.key
