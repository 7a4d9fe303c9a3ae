"""`GET /v1/health/deployment`: what only the server knows of how it does. `adsum doctor` judges it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter
from redis.exceptions import RedisError

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.adapters import service_reports
from adsum_api.backup.noting import last_backup
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.health.schemas import (
    BackupOut,
    CamerasOut,
    DeploymentOut,
    IngressOut,
    SchemaOut,
    ServiceOut,
    WatchingCameraOut,
)
from adsum_api.runtime import Runtime
from adsum_contracts.release import RELEASE
from adsum_contracts.reporting import disk_of
from adsum_store.migrations import head
from adsum_store.repositories import overview, record
from adsum_store.unit_of_work import UnitOfWork

T = TypeVar("T")

router = APIRouter(prefix="/v1/health", tags=["health"], route_class=ContractRoute)


@router.get("/deployment", dependencies=[needs(Right.DEPLOYMENT_READ)])
def show_deployment(work: Work, caller: Caller, now: Now, runtime: Reach) -> DeploymentOut:
    """Show what runs and how it does: versions, services, disks, streams and queues, models, cameras, backup.

    For `adsum doctor`, which looks at the rest from outside and says what to do.
    """
    broker = runtime.broker
    said = _asked(lambda: service_reports.said_by_services(broker)) or ()
    streams = [each.particulars.streams for each in said if each.particulars.streams is not None]
    backup = last_backup(work, caller.school_id)
    return DeploymentOut(
        at=now,
        release=RELEASE,
        embedder=runtime.agreement.model.name,
        schema=_schema(work),
        services=[ServiceOut.of(each) for each in said],
        disks=[] if runtime.state_dir is None else list(disk_of("state", runtime.state_dir)),
        streams=streams[0] if streams else None,
        broker=_asked(lambda: service_reports.broker_standing(broker)),
        queues=_asked(lambda: service_reports.queue_depths(broker)) or {},
        ingress=_ingress(runtime),
        cameras=CamerasOut(
            heard=[WatchingCameraOut.of(each) for each in overview.cameras(work, now, caller.school_id)],
            never_heard=overview.unheard(work, caller.school_id),
        ),
        backup=None if backup is None else BackupOut(at=backup.at, how=backup.how),
    )


def _schema(work: UnitOfWork) -> SchemaOut:
    connection = work.session.connection()
    return SchemaOut(
        applied=record.revision(connection),
        expected=head(),
        database_bytes=record.size_bytes(connection),
    )


def _ingress(runtime: Runtime) -> IngressOut:
    door = runtime.front_door
    if door is None:
        return IngressOut(url=None, ca_pem=None, default_user_off=None)
    default_is_off = _asked(door.users.default_is_off)
    return IngressOut(url=door.ingress_url, ca_pem=door.ca_pem, default_user_off=default_is_off)


def _asked(ask: Callable[[], T]) -> T | None:
    """Ask a Redis server; where it is away, or refuses, the rest is told all the same."""
    try:
        return ask()
    except RedisError:
        return None
