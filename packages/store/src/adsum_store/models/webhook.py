"""Webhooks: who wants to be told of what, and how telling each of them went."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adsum_store.models.base import Row


class Webhook(Row):
    """An address, and the secret that what is sent there is signed with (sealed).

    `event_types`: the types it is told of, null for all. Until `former_until` the former secret signs as
    well. `failing_since`: the first failure after the last success. `rests_until`: nobody sends before then,
    since somebody is sending, or the receiver asked for a rest. `disabled_reason`: `by_hand`, `gone` (it
    answered 410) or `failing` (for days).
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        CheckConstraint("disabled_reason IN ('by_hand', 'gone', 'failing')", name="disabled_reason_is_known"),
    )

    url: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    event_types: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    former_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WebhookDelivery(Row):
    """One message for one webhook; its id is the `webhook-id`, the same at every attempt.

    `state`: `pending` until `next_at`, then `delivered`, or `failed` when the last attempt failed.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "webhook_id"], ["webhooks.school_id", "webhooks.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("webhook_id", "message_id"),
        CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state_is_known"),
        Index(
            "ix_webhook_deliveries_due",
            "webhook_id",
            "next_at",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_webhook_deliveries_message_id", "message_id"),
        Index(
            "ix_webhook_deliveries_failed",
            "webhook_id",
            "message_id",
            postgresql_where=text("state = 'failed'"),
        ),
        Index("ix_webhook_deliveries_changed", "webhook_id", "updated_at"),
    )

    webhook_id: Mapped[UUID]
    message_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("outbox.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempted_at: Mapped[datetime | None]
    status_code: Mapped[int | None]
    error: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
