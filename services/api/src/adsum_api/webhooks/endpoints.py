"""`/v1/webhooks`: who is told what, with which secret, and how it went."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.contract.paging import Paged
from adsum_api.contract.preconditions import EDITS, IfMatch, tell_tag
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.webhooks import service
from adsum_api.webhooks.schemas import (
    DeliveryOut,
    ReplayIn,
    ReplayOut,
    State,
    WebhookChange,
    WebhookIn,
    WebhookOut,
    WebhookWithSecret,
)
from adsum_store.repositories import webhooks

router = APIRouter(
    prefix="/v1/webhooks",
    tags=["webhooks"],
    route_class=ContractRoute,
)
MANAGE = [needs(Right.WEBHOOKS_WRITE)]


@router.post("", status_code=HTTPStatus.CREATED, dependencies=MANAGE)
def add_webhook(work: Work, caller: Caller, runtime: Reach, wanted: WebhookIn) -> WebhookWithSecret:
    """Have events sent to an address. The answer tells the secret that they are signed with, this once."""
    webhook, secret = service.add(work, caller, wanted, runtime)
    return WebhookWithSecret(**WebhookOut.of(webhook).model_dump(), secret=secret)


@router.get("", dependencies=MANAGE)
def list_webhooks(work: Work, caller: Caller, paged: Paged) -> list[WebhookOut]:
    """List the webhooks, oldest first."""
    found = webhooks.all_of(work, caller.school_id, paged.wanted)
    return [WebhookOut.of(each) for each in paged.page(found, lambda each: (each.created_at, each.id))]


@router.get("/{webhook_id}", dependencies=MANAGE)
def show_webhook(work: Work, caller: Caller, response: Response, webhook_id: UUID) -> WebhookOut:
    """Show one webhook."""
    shown = WebhookOut.of(service.get(work, caller, webhook_id))
    tell_tag(response, shown, WebhookChange)
    return shown


@router.patch("/{webhook_id}", responses=EDITS, dependencies=MANAGE)
def change_webhook(
    work: Work, caller: Caller, runtime: Reach, response: Response, seen: IfMatch, webhook_id: UUID,
    wanted: WebhookChange,
) -> WebhookOut:  # fmt: skip
    """Change a webhook, disable it, or enable it again."""
    changed = service.change(work, caller, webhook_id, wanted, seen, runtime)
    tell_tag(response, changed, WebhookChange)
    return changed


@router.delete("/{webhook_id}", status_code=HTTPStatus.NO_CONTENT, dependencies=MANAGE)
def delete_webhook(work: Work, caller: Caller, webhook_id: UUID) -> None:
    """Delete a webhook with its deliveries."""
    service.drop(work, caller, webhook_id)


@router.post("/{webhook_id}/rotate-secret", dependencies=MANAGE)
def rotate_secret(
    work: Work, caller: Caller, runtime: Reach, now: Now, webhook_id: UUID
) -> WebhookWithSecret:
    """Give a webhook a new secret. For 24 hours what is sent is signed with both."""
    webhook, secret = service.rotate(work, caller, webhook_id, runtime, now)
    return WebhookWithSecret(**WebhookOut.of(webhook).model_dump(), secret=secret)


@router.post("/{webhook_id}/test", status_code=HTTPStatus.ACCEPTED, dependencies=MANAGE)
def send_test_event(work: Work, caller: Caller, now: Now, webhook_id: UUID) -> DeliveryOut:
    """Send the event `webhook_test` within seconds; its delivery tells how it went."""
    return DeliveryOut.of(service.send_test(work, caller, webhook_id, now))


@router.get("/{webhook_id}/deliveries", dependencies=MANAGE)
def list_deliveries(
    work: Work,
    caller: Caller,
    paged: Paged,
    webhook_id: UUID,
    state: Annotated[State | None, Query(description="only those")] = None,
) -> list[DeliveryOut]:
    """List what a webhook was or is to be told, in the order of the events; kept for seven days."""
    found = service.deliveries(work, caller, webhook_id, state, paged.wanted)
    page = paged.page(found, lambda due: (due.message.id,))
    return [DeliveryOut.of(due) for due in page]


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay", status_code=HTTPStatus.ACCEPTED, dependencies=MANAGE
)
def replay_delivery(work: Work, caller: Caller, now: Now, webhook_id: UUID, delivery_id: UUID) -> DeliveryOut:
    """Send an event once more, with the same `webhook-id`."""
    return DeliveryOut.of(service.replay_one(work, caller, webhook_id, delivery_id, now))


@router.post("/{webhook_id}/replay", status_code=HTTPStatus.ACCEPTED, dependencies=MANAGE)
def replay_events(work: Work, caller: Caller, now: Now, webhook_id: UUID, wanted: ReplayIn) -> ReplayOut:
    """Send every event since a time once more, also those that happened while the webhook was disabled."""
    return ReplayOut(deliveries=service.replay_since(work, caller, webhook_id, wanted.since, now))
