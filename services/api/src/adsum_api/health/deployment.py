"""`GET /v1/health/deployment`: what only the server knows of how it does. `adsum doctor` judges it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Self, TypeVar
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from redis.exceptions import RedisError

from adsum_api.access.needs import needs
from adsum_api.access.rights import Right
from adsum_api.adapters import service_reports
from adsum_api.backup.noting import last_backup
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Reach, Work
from adsum_api.runtime import Runtime
from adsum_contracts.release import RELEASE
from adsum_contracts.reporting import disk_of
from adsum_contracts.reports import Disk, LoadedModel, RedisStanding, ServiceReport, StreamsStanding
from adsum_store.migrations import head
from adsum_store.repositories import overview, record
from adsum_store.repositories.overview import CameraStanding
from adsum_store.unit_of_work import UnitOfWork

T = TypeVar("T")

router = APIRouter(prefix="/v1/health", tags=["health"], route_class=ContractRoute)


class SchemaOut(BaseModel):
    """The tables: the last migration that they have seen, and the one that this code expects."""

    applied: str
    expected: str
    database_bytes: int


class ServiceOut(BaseModel):
    """A process that has said something within the last minute."""

    service: str
    instance: str
    release: str
    started_at: datetime
    said_at: datetime
    idle_s: float = Field(description="since it last consumed, or had nothing to consume")
    disks: list[Disk]
    models: list[LoadedModel] = Field(description="of a recognizer: each passed its self-test")

    @classmethod
    def of(cls, said: ServiceReport) -> Self:
        """Show a report."""
        own = said.particulars
        return cls(
            service=said.service,
            instance=said.instance,
            release=said.release,
            started_at=said.started_at,
            said_at=said.said_at,
            idle_s=round(said.idle_s, 1),
            disks=list(own.disks),
            models=list(own.models),
        )


class IngressOut(BaseModel):
    """Where boxes write; nothing that is a secret."""

    url: str | None = Field(description="none: this installation lets no boxes in by token")
    ca_pem: str | None = Field(description="whom they believe there; none: whom their system believes")
    default_user_off: bool | None = Field(description="none: this api may not ask")


class WatchingCameraOut(BaseModel):
    """A camera of the school by its newest heartbeat."""

    id: UUID
    state: str
    heard_s_ago: float
    spool_events: int
    clock_offset_s: float | None

    @classmethod
    def of(cls, each: CameraStanding) -> Self:
        """Show how a camera stands."""
        return cls(
            id=each.camera_id,
            state=each.state,
            heard_s_ago=round(each.age_s, 1),
            spool_events=each.spool_depth,
            clock_offset_s=each.clock_offset_s,
        )


class CamerasOut(BaseModel):
    """The school's cameras: those that spoke, and how many never did."""

    heard: list[WatchingCameraOut]
    never_heard: int


class BackupOut(BaseModel):
    """The last one that was noted."""

    at: datetime
    how: str = Field(description="`sealed`: by `adsum-api backup`; `elsewhere`: it was told of")


class DeploymentOut(BaseModel):
    """How the installation does: facts, and no verdicts."""

    at: datetime
    release: str
    embedder: str
    schema_: SchemaOut = Field(alias="schema")
    services: list[ServiceOut]
    disks: list[Disk] = Field(description="of the api itself")
    streams: StreamsStanding | None = Field(description="none: no dispatcher says, or it cannot")
    broker: RedisStanding | None = Field(description="none: it does not answer")
    queues: dict[str, int] = Field(description="tasks that nobody has taken yet")
    ingress: IngressOut
    cameras: CamerasOut
    backup: BackupOut | None


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
