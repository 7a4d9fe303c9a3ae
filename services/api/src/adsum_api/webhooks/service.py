"""Webhooks: made, changed, tried and replayed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from adsum_api.contract.preconditions import Seen
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, NotFound
from adsum_api.runtime import Runtime
from adsum_api.webhooks.guard import target_of
from adsum_api.webhooks.schemas import WebhookChange, WebhookIn, WebhookOut
from adsum_api.webhooks.signing import SECRET_BYTES, secret_of
from adsum_store.models import Webhook
from adsum_store.repositories import outbox, webhooks
from adsum_store.repositories.outbox import Announcement, Subject
from adsum_store.repositories.pages import EVERYTHING, PageWanted
from adsum_store.repositories.webhooks import Due
from adsum_store.unit_of_work import UnitOfWork

MOST: Final = 20
BOTH_SIGN_FOR: Final = timedelta(hours=24)
TEST_TOPIC: Final = "webhook"


class WebhookNotFound(NotFound):
    """No webhook of this school has this id."""

    def __init__(self, webhook_id: UUID) -> None:
        super().__init__("webhook", webhook_id)


class TooManyWebhooks(Conflict):
    """A school has as many as it may."""

    def __init__(self) -> None:
        super().__init__(f"a school has at most {MOST} webhooks: delete one first")


class WebhookDisabled(Conflict):
    """Nothing is sent to it."""

    def __init__(self) -> None:
        super().__init__("the webhook is disabled: PATCH it with `enabled` first")


def add(work: UnitOfWork, caller: Operator, wanted: WebhookIn, runtime: Runtime) -> tuple[Webhook, str]:
    """Store a webhook and return it with its secret; raise `BadAddress` or `TooManyWebhooks`."""
    target_of(wanted.url, runtime.webhook_networks)
    work.lock("webhooks", caller.school_id)
    if len(webhooks.all_of(work, caller.school_id)) >= MOST:
        raise TooManyWebhooks
    secret = _new_secret()
    sealed = runtime.vault.seal(secret.encode())
    new = Webhook(school_id=caller.school_id, secret_sealed=sealed, **wanted.model_dump())
    return webhooks.add(work, new), secret


def get(work: UnitOfWork, caller: Operator, webhook_id: UUID, *, lock: bool = False) -> Webhook:
    """Return the webhook; raise `WebhookNotFound`."""
    webhook = webhooks.get(work, caller.school_id, webhook_id, lock=lock)
    if webhook is None:
        raise WebhookNotFound(webhook_id)
    return webhook


def change(
    work: UnitOfWork, caller: Operator, webhook_id: UUID, wanted: WebhookChange, seen: Seen, runtime: Runtime
) -> WebhookOut:
    """Apply what `wanted` sets; raise `WebhookNotFound`, `ChangedMeanwhile` or `BadAddress`."""
    webhook = get(work, caller, webhook_id, lock=True)
    seen.check(WebhookOut.of(webhook), WebhookChange)
    told = wanted.model_dump(exclude_unset=True)
    enabled = told.pop("enabled", None)
    if wanted.url is not None:
        target_of(wanted.url, runtime.webhook_networks)
    for name, value in told.items():
        if value is not None or name == "event_types":
            setattr(webhook, name, value)
    if enabled is not None:
        webhook.disabled_reason = None if enabled else webhook.disabled_reason or "by_hand"
        webhook.failing_since = webhook.rests_until = None
    work.session.flush()
    work.session.refresh(webhook)
    return WebhookOut.of(webhook)


def rotate(
    work: UnitOfWork, caller: Operator, webhook_id: UUID, runtime: Runtime, now: datetime
) -> tuple[Webhook, str]:
    """Give it a new secret; for a day the former one signs as well. Raises `WebhookNotFound`."""
    webhook, secret = get(work, caller, webhook_id, lock=True), _new_secret()
    webhook.former_secret_sealed, webhook.former_until = webhook.secret_sealed, now + BOTH_SIGN_FOR
    webhook.secret_sealed = runtime.vault.seal(secret.encode())
    work.session.flush()
    work.session.refresh(webhook)
    return webhook, secret


def drop(work: UnitOfWork, caller: Operator, webhook_id: UUID) -> None:
    """Delete it with its deliveries; raise `WebhookNotFound`."""
    work.session.delete(get(work, caller, webhook_id, lock=True))
    work.session.flush()


def send_test(work: UnitOfWork, caller: Operator, webhook_id: UUID, now: datetime) -> Due:
    """Let it be told `webhook_test`, whatever its types; raise `WebhookNotFound` or `WebhookDisabled`."""
    webhook = _enabled(work, caller, webhook_id)
    about = Subject(caller.school_id, TEST_TOPIC, str(webhook.id))
    payload = {"type": "webhook_test", "webhook_id": str(webhook.id)}
    message = outbox.tell_nobody_else(
        work, about, Announcement(about.topic, about.key, str(uuid4()), payload)
    )
    return Due(webhooks.tell_one(work, webhook, message.id, now), message)


def deliveries(
    work: UnitOfWork, caller: Operator, webhook_id: UUID, state: str | None, wanted: PageWanted = EVERYTHING
) -> Sequence[Due]:
    """Return its deliveries in the order of the events; raise `WebhookNotFound`."""
    return webhooks.deliveries(work, get(work, caller, webhook_id), state, wanted)


def replay_one(work: UnitOfWork, caller: Operator, webhook_id: UUID, delivery_id: UUID, now: datetime) -> Due:
    """Send a delivery once more; raise `NotFound` or `WebhookDisabled`."""
    webhook = _enabled(work, caller, webhook_id)
    delivery = webhooks.again(work, webhook, delivery_id, now)
    if delivery is None:
        raise NotFound("delivery of this webhook", delivery_id)
    return Due(delivery, outbox.by_id(work, delivery.message_id))


def replay_since(work: UnitOfWork, caller: Operator, webhook_id: UUID, since: datetime, now: datetime) -> int:
    """Send every event since a time once more, also those that it was never told; return how many."""
    return webhooks.again_since(work, _enabled(work, caller, webhook_id), since, now)


def _enabled(work: UnitOfWork, caller: Operator, webhook_id: UUID) -> Webhook:
    webhook = get(work, caller, webhook_id, lock=True)
    if webhook.disabled_reason is not None:
        raise WebhookDisabled
    return webhook


def _new_secret() -> str:
    return secret_of(secrets.token_bytes(SECRET_BYTES))
