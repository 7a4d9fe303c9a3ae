"""Celery as every process of the api uses it: JSON only, late acknowledgement, no results."""

from __future__ import annotations

from typing import Any

from celery import Celery, Task

from adsum_api.errors import SERVERS_AWAY
from adsum_contracts import tracing
from adsum_contracts.message import Message
from adsum_contracts.redis_url import celery_broker
from adsum_contracts.routes import QUEUE_ATTENDANCE

VISIBILITY_TIMEOUT_S = 120
"""After this long a task whose worker died is given to another; see docs/architecture.md, redelivery."""


class PatientTask(Task[Any, Any]):
    """A task that tries again, for as long as it takes, while a server is away.

    It is a step of its sender's traces.
    """

    autoretry_for = SERVERS_AWAY
    max_retries = None
    retry_backoff = 1
    retry_backoff_max = 30
    """Seconds: well below the visibility timeout, or the broker would give the waiting task to another."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Celery's own signature
        """Run it."""
        with tracing.step(self.name, getattr(self.request, tracing.HEADER, None) or ()):
            return super().__call__(*args, **kwargs)


SOCKETS = {"socket_timeout": 10, "socket_connect_timeout": 5, "socket_keepalive": True}


def celery_app(broker_url: str, *, name: str = "adsum_api") -> Celery:
    """Return an app that sends and runs tasks; it connects on first use."""
    broker = celery_broker(broker_url, SOCKETS)
    app: Celery = Celery(name, broker=broker.url, task_cls=PatientTask, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue=QUEUE_ATTENDANCE,
        task_publish_retry_policy={"max_retries": 3, "interval_start": 0.1, "interval_max": 1},
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT_S, **broker.options},
        broker_use_ssl=broker.use_ssl,
        timezone="UTC",
    )
    return app


class CeleryTaskSender:
    """Queues tasks through the broker."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send(self, task: str, queue: str, message: Message) -> None:
        """Queue `task`; raise `kombu.exceptions.OperationalError` after three tries."""
        self._app.send_task(
            task, args=[message.model_dump(mode="json")], queue=queue, headers=tracing.headers()
        )
