"""How an installation does, out. `adsum doctor` reads it: what it takes to import this stays little."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from pydantic import BaseModel, Field

from adsum_contracts.reports import Disk, LoadedModel, RedisStanding, ServiceReport, StreamsStanding

if TYPE_CHECKING:
    from adsum_store.repositories.overview import CameraStanding


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
