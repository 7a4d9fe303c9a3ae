"""The shell around the courier: beat's task lets it go, and does not wait for it.

Receivers may take their time, and the lessons behind this task in the queue may not. What is due stands in
Postgres, so a worker that ends meanwhile loses nothing.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from celery import Celery

from adsum_api.errors import SERVERS_AWAY
from adsum_api.runtime import Runtime
from adsum_api.webhooks.courier import Courier
from adsum_contracts.routes import DELIVER_WEBHOOKS

log = structlog.get_logger()


class Rounds:
    """Sends the courier off in a thread of its own, one round at a time."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="courier")
        self._round: Future[None] | None = None

    def begin(self) -> None:
        """Begin a round unless one is under way; raise what the last one failed of."""
        if self._round is None or self._round.done():
            last, self._round = self._round, self._thread.submit(self._go)
            if last is not None:
                last.result()

    def _go(self) -> None:
        try:
            self._courier.deliver_due()
        except SERVERS_AWAY as error:
            log.warning("webhooks_wait_for_postgres", error=type(error).__name__)


def register(app: Celery, runtime: Runtime) -> None:
    """Name the task."""
    rounds = Rounds(Courier(runtime.store, runtime.vault, runtime.clock, runtime.webhook_networks))

    @app.task(name=DELIVER_WEBHOOKS, shared=False)
    def deliver_webhooks() -> None:
        rounds.begin()
