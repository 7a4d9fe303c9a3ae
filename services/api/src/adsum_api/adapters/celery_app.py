"""Celery as every process of the api uses it: JSON only, late acknowledgement, no results."""

from __future__ import annotations

from celery import Celery

from adsum_contracts.message import Message
from adsum_contracts.routes import QUEUE_ATTENDANCE

VISIBILITY_TIMEOUT_S = 120
"""After this long a task whose worker died is given to another; see docs/architecture.md, redelivery."""

SOCKETS = {"socket_timeout": 10, "socket_connect_timeout": 5, "socket_keepalive": True}


def celery_app(broker_url: str, *, name: str = "adsum_api") -> Celery:
    """Return an app that sends and runs tasks; it connects on first use."""
    app = Celery(name, broker=broker_url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue=QUEUE_ATTENDANCE,
        task_publish_retry_policy={"max_retries": 3, "interval_start": 0.1, "interval_max": 1},
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT_S, **SOCKETS},
        timezone="UTC",
    )
    return app


class CeleryTaskSender:
    """Queues tasks through the broker."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send(self, task: str, queue: str, message: Message) -> None:
        """Queue `task`; raise `kombu.exceptions.OperationalError` after three tries."""
        self._app.send_task(task, args=[message.model_dump(mode="json")], queue=queue)
