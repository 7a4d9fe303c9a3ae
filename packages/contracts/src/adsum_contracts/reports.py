"""What every service says of itself on the internal broker: that it lives, and what it runs. Nothing about
anybody."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from adsum_contracts.message import Instant, Message

Bytes = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
ServiceName = Literal["api-worker", "beat", "dispatcher", "recognizer"]

REPORTS: Final = "v1:services:"
"""What the names of all reports on the broker begin with."""

EVERY_S: Final = 15.0
KEPT_S: Final = 60
"""A service of which there is no report has said nothing for so long."""


class Disk(Message):
    """What is left where a service keeps something: `holds` says what, `models` or `state`."""

    holds: str
    free_bytes: Bytes
    total_bytes: Annotated[int, Field(gt=0)]


class RedisStanding(Message):
    """How a Redis server does. `entries_kept`: what it takes reaches its append-only file; without one, or
    where its disk is full, a restart forgets. A limit of 0 bytes is none."""

    name: Literal["ingress", "broker"]
    entries_kept: bool
    memory_bytes: Bytes
    memory_limit_bytes: Bytes


class StreamsStanding(Message):
    """Entries in the cameras' streams, those of them that were read and not settled, the age of the oldest,
    and how many were given up."""

    entries: Count
    in_flight: Count
    oldest_age_s: Seconds
    dead_letters: Count
    server: RedisStanding


class WeightsFile(Message):
    """A file of a model as it lies on the service's disk; SHA-256 in hexadecimal."""

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LoadedModel(Message):
    """A model that passed its self-test when it was loaded. `agreement`: the lowest centred cosine that the
    test saw; `known`: whether it was held against vectors that another machine made."""

    name: str
    id: str
    device: str
    agreement: float
    known: bool
    files: tuple[WeightsFile, ...]


class Particulars(Message):
    """What only some services have: folders on a disk, models, the cameras' streams."""

    disks: tuple[Disk, ...] = ()
    models: tuple[LoadedModel, ...] = ()
    streams: StreamsStanding | None = None


class ServiceReport(Message):
    """One process's word. `idle_s`: since it last consumed, or had nothing to consume; of beat, since it
    last queued something."""

    version: Literal[1] = 1
    service: ServiceName
    instance: str
    release: str
    started_at: Instant
    said_at: Instant
    idle_s: Seconds
    particulars: Particulars = Particulars()


def report_key(service: ServiceName, instance: str) -> str:
    """Name the place of a process's report on the broker."""
    return f"{REPORTS}{service}:{instance}"
