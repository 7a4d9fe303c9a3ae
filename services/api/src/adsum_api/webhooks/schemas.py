"""Webhooks and their deliveries, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from adsum_api.contract.paging import storable
from adsum_api.webhooks.events import EventType
from adsum_store.models import Webhook
from adsum_store.repositories.webhooks import Due

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="https; a name or address of the public internet",
        examples=["https://sis.example.org/hooks/adsum"],
    ),
]
EventTypes = Annotated[
    list[EventType] | None, Field(max_length=50, description="types to be told of; all unless given")
]
Description = Annotated[str, Field(max_length=200, description="what it is for, for whoever reads the list")]
State = Literal["pending", "delivered", "failed"]


class WebhookIn(BaseModel):
    """Where to send what."""

    model_config = ConfigDict(extra="forbid")

    url: Url
    event_types: EventTypes = None
    description: Description = ""


class WebhookChange(BaseModel):
    """What is left out stays as it is. Enabled again, a webhook is told what is pending still."""

    model_config = ConfigDict(extra="forbid")

    url: Url | None = None
    event_types: EventTypes = None
    description: Description | None = None
    enabled: bool | None = None


class WebhookOut(BaseModel):
    """A webhook. `disabled_reason`: `by_hand`, `gone` (it answered 410) or `failing` (for five days)."""

    id: UUID
    url: str
    event_types: list[str] | None
    description: str
    enabled: bool
    disabled_reason: Literal["by_hand", "gone", "failing"] | None
    failing_since: datetime | None
    former_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookOut:
        """Show a stored webhook, without its secret."""
        kept = {name: getattr(webhook, name) for name in cls.model_fields if hasattr(webhook, name)}
        enabled = webhook.disabled_reason is None
        return cls(**kept, enabled=enabled, former_secret_until=webhook.former_until)


class WebhookWithSecret(WebhookOut):
    """A webhook and its secret, which is told this once."""

    secret: str = Field(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])


class DeliveryOut(BaseModel):
    """One event for one webhook; `id` is the `webhook-id` that the receiver sees.

    `error`, where there was no answer: `timed_out`, `no_connection`, `name_unknown`, `tls_failed`, or
    `address_refused` (it leads into a private network).
    """

    id: UUID
    type: str
    happened_at: datetime
    state: State
    attempts: int
    attempted_at: datetime | None
    next_at: datetime | None
    status_code: int | None
    error: str | None

    @classmethod
    def of(cls, due: Due) -> DeliveryOut:
        """Show a stored delivery."""
        delivery = due.delivery
        names = ("id", "state", "attempts", "attempted_at", "status_code", "error")
        return cls(
            **{name: getattr(delivery, name) for name in names},
            type=due.message.payload["type"],
            happened_at=due.message.created_at,
            next_at=delivery.next_at if delivery.state == "pending" else None,
        )


class ReplayIn(BaseModel):
    """From when on; events are kept for seven days."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[AwareDatetime, AfterValidator(storable)]


class ReplayOut(BaseModel):
    """How many events are sent once more."""

    deliveries: int
