"""Webhooks: kept, and what each of them has to be told, written with its cause and claimed by one sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    any_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert

from adsum_store.models import OutboxMessage, Webhook, WebhookDelivery
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.repositories.row_set import table_of
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery and the message that it brings."""

    delivery: WebhookDelivery
    message: OutboxMessage


def add(work: UnitOfWork, webhook: Webhook) -> Webhook:
    """Store a webhook."""
    work.session.add(webhook)
    work.session.flush()
    return webhook


def all_of(work: UnitOfWork, school_id: UUID, wanted: PageWanted = EVERYTHING) -> Sequence[Webhook]:
    """Return the school's webhooks, oldest first."""
    query = select(Webhook).where(Webhook.school_id == school_id)
    order = [Webhook.created_at, Webhook.id]
    return work.session.scalars(narrowed(query, wanted, order, Webhook.updated_at.expression)).all()


def get(work: UnitOfWork, school_id: UUID, webhook_id: UUID, *, lock: bool = False) -> Webhook | None:
    """Return the webhook; with `lock` nobody else can change it before this transaction ends."""
    query = select(Webhook).where(Webhook.school_id == school_id, Webhook.id == webhook_id)
    query = query.execution_options(populate_existing=True)
    return work.session.scalar(query.with_for_update(key_share=True) if lock else query)


def enqueue(work: UnitOfWork, school_id: UUID, message_ids: Sequence[int]) -> None:
    """Let every webhook of the school that wants them be told these messages."""
    work.session.execute(_enqueuing(), {"of_school": school_id, "messages": list(message_ids)})


@cache
def _enqueuing() -> Insert:
    wanted = select(func.gen_random_uuid(), OutboxMessage.school_id, Webhook.id, OutboxMessage.id).where(
        OutboxMessage.id == any_(bindparam("messages", type_=ARRAY(BigInteger))),
        Webhook.school_id == bindparam("of_school"),
        Webhook.disabled_reason.is_(None),
        _wants(),
    )
    columns = ["id", "school_id", "webhook_id", "message_id"]
    return insert(table_of(WebhookDelivery)).from_select(columns, wanted)


def tell_one(work: UnitOfWork, webhook: Webhook, message_id: int, at: datetime) -> WebhookDelivery:
    """Let this webhook be told this message, whatever it wants."""
    new = insert(WebhookDelivery).values(
        school_id=webhook.school_id, webhook_id=webhook.id, message_id=message_id, next_at=at
    )
    return work.session.scalars(new.returning(WebhookDelivery)).one()


def again(work: UnitOfWork, webhook: Webhook, delivery_id: UUID, at: datetime) -> WebhookDelivery | None:
    """Let a delivery be sent once more, with attempts of its own."""
    query = update(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.id == delivery_id
    )
    changed = query.values(state="pending", attempts=0, next_at=at).returning(WebhookDelivery)
    return work.session.scalar(changed, execution_options={"populate_existing": True})


def again_since(work: UnitOfWork, webhook: Webhook, since: datetime, at: datetime) -> int:
    """Let every message since a time that the webhook wants be sent once more; return how many those are."""
    wanted = select(
        func.gen_random_uuid(), OutboxMessage.school_id, literal(webhook.id), OutboxMessage.id, literal(at)
    ).where(
        OutboxMessage.school_id == webhook.school_id,
        OutboxMessage.created_at >= since,
        Webhook.id == webhook.id,
        _wants(),
    )
    new = insert(WebhookDelivery).from_select(
        ["id", "school_id", "webhook_id", "message_id", "next_at"], wanted
    )
    fresh = {"state": "pending", "attempts": 0, "next_at": new.excluded.next_at}
    done = new.on_conflict_do_update(index_elements=["webhook_id", "message_id"], set_=fresh)
    return len(work.session.scalars(done.returning(WebhookDelivery.id)).all())


def deliveries(
    work: UnitOfWork, webhook: Webhook, state: str | None = None, wanted: PageWanted = EVERYTHING
) -> Sequence[Due]:
    """Return what the webhook was or is to be told, in the order of the messages."""
    query = select(WebhookDelivery, OutboxMessage).join(
        OutboxMessage, OutboxMessage.id == WebhookDelivery.message_id
    )
    query = query.where(WebhookDelivery.webhook_id == webhook.id)
    if state is not None:
        query = query.where(WebhookDelivery.state == state)
    page = narrowed(query, wanted, [WebhookDelivery.message_id], WebhookDelivery.updated_at.expression)
    return [Due(*row) for row in work.session.execute(page)]


def claim(work: UnitOfWork, now: datetime, lease: timedelta, limit: int) -> Sequence[Webhook]:
    """Return webhooks that something is due for and nobody sends to, for this caller alone until the lease
    is over: a sender that dies is followed by another."""
    due = exists().where(
        WebhookDelivery.webhook_id == Webhook.id,
        WebhookDelivery.state == "pending",
        WebhookDelivery.next_at <= now,
    )
    free = or_(Webhook.rests_until.is_(None), Webhook.rests_until <= now)
    query = select(Webhook).where(Webhook.disabled_reason.is_(None), free, due)
    query = query.order_by(Webhook.rests_until.nulls_first()).limit(limit)
    claimed = work.session.scalars(query.with_for_update(skip_locked=True, key_share=True)).all()
    for webhook in claimed:
        webhook.rests_until = now + lease
    work.session.flush()
    return claimed


def due(work: UnitOfWork, webhook_id: UUID, now: datetime, limit: int) -> Sequence[Due]:
    """Return what is due for the webhook, in the order of the messages."""
    query = (
        select(WebhookDelivery, OutboxMessage)
        .join(OutboxMessage, OutboxMessage.id == WebhookDelivery.message_id)
        .where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.state == "pending",
            WebhookDelivery.next_at <= now,
        )
        .order_by(WebhookDelivery.message_id)
        .limit(limit)
    )
    return [Due(*row) for row in work.session.execute(query)]


def delivery(work: UnitOfWork, delivery_id: UUID) -> WebhookDelivery | None:
    """Return the delivery, locked, unless it is gone with its message or webhook."""
    query = select(WebhookDelivery).where(WebhookDelivery.id == delivery_id)
    return work.session.scalar(query.with_for_update())


def _wants() -> ColumnElement[bool]:
    return or_(
        Webhook.event_types.is_(None), Webhook.event_types.has_key(OutboxMessage.payload["type"].astext)
    )
