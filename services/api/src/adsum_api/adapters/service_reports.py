"""What worker and beat say of themselves on the broker, and what every service said, read again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import structlog
from celery.signals import after_task_publish
from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError

from adsum_api.watchdog import Watchdog
from adsum_contracts.reporting import Reporter, disk_of
from adsum_contracts.reports import REPORTS, Particulars, RedisStanding, ServiceReport
from adsum_contracts.routes import QUEUE_ATTENDANCE, QUEUE_DECIDE, QUEUE_ENROL, QUEUE_IDENTIFY

log = structlog.get_logger()

AWAY: Final = (RedisError, OSError)
QUEUES: Final = (QUEUE_IDENTIFY, QUEUE_ENROL, QUEUE_DECIDE, QUEUE_ATTENDANCE)


def worker_reports(broker: Redis, watchdog: Watchdog) -> Reporter:
    """Return who says how the worker is."""
    return Reporter(broker, "api-worker", lambda: watchdog.idle_s, outages=AWAY)


def beat_reports(broker: Redis, state_dir: Path) -> Reporter:
    """Return who says how beat is: idle since it last queued something."""
    queued_at = time.monotonic()

    def note(**_signal: object) -> None:
        nonlocal queued_at
        queued_at = time.monotonic()

    after_task_publish.connect(note, weak=False)
    return Reporter(
        broker,
        "beat",
        lambda: time.monotonic() - queued_at,
        lambda: Particulars(disks=disk_of("state", state_dir)),
        outages=AWAY,
    )


def said_by_services(broker: Redis) -> Sequence[ServiceReport]:
    """Return every service's newest word; raise `RedisError`. What another version said is left out."""
    names = sorted(broker.scan_iter(match=f"{REPORTS}*", count=1000))
    told = cast(list[bytes | None], broker.mget(names)) if names else []
    return [report for each in told if each is not None and (report := _read(each)) is not None]


def broker_standing(broker: Redis) -> RedisStanding:
    """Return how the broker does; raise `RedisError`."""
    with broker.pipeline(transaction=False) as pipe:
        pipe.info("memory")
        pipe.info("persistence")
        memory, files = cast(Any, pipe.execute())
    return RedisStanding(
        name="broker",
        entries_kept=bool(files["aof_enabled"]) and files["aof_last_write_status"] == "ok",
        memory_bytes=memory["used_memory"],
        memory_limit_bytes=memory["maxmemory"],
    )


def queue_depths(broker: Redis) -> dict[str, int]:
    """Return how many tasks nobody has taken yet, by queue; raise `RedisError`."""
    with broker.pipeline(transaction=False) as pipe:
        for name in QUEUES:
            pipe.llen(name)
        return dict(zip(QUEUES, map(int, pipe.execute()), strict=True))


def _read(said: bytes) -> ServiceReport | None:
    try:
        return ServiceReport.model_validate_json(said)
    except ValidationError:
        log.warning("report_unreadable")
        return None
