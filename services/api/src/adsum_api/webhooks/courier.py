"""Bringing events to webhooks: one sender at a time to each, in the order in which they happened.

    claim webhooks -> what is due for each -> send -> keep how it went

A claim is a lease in Postgres: a courier that dies is followed by another, and what it was sending is sent
again, with the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import SystemRandom
from time import monotonic
from typing import Final
from uuid import UUID

import httpx
import structlog

from adsum_api.ports import Clock
from adsum_api.webhooks.events import body_of
from adsum_api.webhooks.guard import Networks
from adsum_api.webhooks.schedule import Attempt, is_given_up, next_attempt
from adsum_api.webhooks.sending import Letter, Line
from adsum_api.webhooks.signing import signed
from adsum_store.models import Webhook, WebhookDelivery
from adsum_store.repositories import webhooks
from adsum_store.repositories.webhooks import Due
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store

log = structlog.get_logger()

LEASE: Final = timedelta(seconds=90)
AT_ONCE: Final = 8
"""Webhooks that are sent to at a time."""

BATCH: Final = 100
BATCH_S: Final = 30.0
"""Deliveries, and seconds after which a webhook lets others pass: with one request's time below the lease."""


@dataclass(frozen=True, slots=True)
class Courier:
    """Sends what is due."""

    store: Store
    vault: Vault
    clock: Clock
    private: Networks = ()
    chance: Callable[[], float] = field(default=SystemRandom().random)
    tls: ssl.SSLContext = field(default_factory=httpx.create_ssl_context)

    def deliver_due(self) -> int:
        """Send until nothing is due, or everybody rests; return how many requests that took."""
        sent = 0
        while claimed := self._claim():
            sent += asyncio.run(self._serve(claimed))
        return sent

    def _claim(self) -> Sequence[Webhook]:
        with self.store.begin() as work:
            return webhooks.claim(work, self.clock(), LEASE, AT_ONCE)

    async def _serve(self, claimed: Sequence[Webhook]) -> int:
        return sum(await asyncio.gather(*(self._serve_one(webhook) for webhook in claimed)))

    async def _serve_one(self, webhook: Webhook) -> int:
        batch = await asyncio.to_thread(self._due, webhook.id)
        ends_at, sent, goes_on = monotonic() + BATCH_S, 0, True
        async with Line(self.tls, self.private) as line:
            for due in batch:
                if not goes_on or monotonic() > ends_at:
                    break
                attempt = await line.send(self._letter(webhook, due))
                goes_on = await asyncio.to_thread(self._keep, webhook, due.delivery.id, attempt)
                sent += 1
        if goes_on:
            await asyncio.to_thread(self._release, webhook)
        return sent

    def _due(self, webhook_id: UUID) -> Sequence[Due]:
        with self.store.begin() as work:
            return webhooks.due(work, webhook_id, self.clock(), BATCH)

    def _letter(self, webhook: Webhook, due: Due) -> Letter:
        now, message = self.clock(), due.message
        sealed = [webhook.secret_sealed]
        if webhook.former_secret_sealed and webhook.former_until and now < webhook.former_until:
            sealed.append(webhook.former_secret_sealed)
        secrets = [self.vault.open(each).decode() for each in sealed]
        body = body_of(message.payload, message.sequence, message.created_at)
        headers = {"Content-Type": "application/json", "User-Agent": "Adsum-Webhooks/1"}
        return Letter(
            webhook.url, headers | signed(secrets, str(due.delivery.id), int(now.timestamp()), body), body
        )

    def _keep(self, told: Webhook, delivery_id: UUID, attempt: Attempt) -> bool:
        """Write down how an attempt went; return whether the next one may follow at once."""
        with self.store.begin() as work:
            webhook = webhooks.get(work, told.school_id, told.id, lock=True)
            delivery = webhooks.delivery(work, delivery_id)
            if webhook is None or delivery is None:
                return webhook is not None
            self._judge(webhook, delivery, attempt)
            return attempt.verdict == "delivered" and webhook.disabled_reason is None

    def _judge(self, webhook: Webhook, delivery: WebhookDelivery, attempt: Attempt) -> None:
        now = self.clock()
        delivery.attempts += 1
        delivery.attempted_at = now
        delivery.status_code, delivery.error = attempt.status_code, attempt.error
        if attempt.verdict == "delivered":
            delivery.state, webhook.failing_since = "delivered", None
            return
        following = next_attempt(delivery.attempts, now, self.chance())
        delivery.state = "failed" if following is None else "pending"
        delivery.next_at = following or delivery.next_at
        webhook.failing_since = webhook.failing_since or now
        webhook.rests_until = now + attempt.rest
        if attempt.verdict == "gone" or is_given_up(webhook.failing_since, now):
            webhook.disabled_reason = "gone" if attempt.verdict == "gone" else "failing"
            log.error("webhook_disabled", webhook_id=str(webhook.id), reason=webhook.disabled_reason)

    def _release(self, told: Webhook) -> None:
        with self.store.begin() as work:
            webhook = webhooks.get(work, told.school_id, told.id, lock=True)
            if webhook is not None:
                webhook.rests_until = None
