"""What the api's services need from the world, as narrow as they need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from adsum_contracts.commands import AnyCommand
from adsum_contracts.message import Message

Clock = Callable[[], datetime]
"""Tells the time now, in UTC."""


def utc_now() -> datetime:
    """Return the time now; the one place of the api that asks the machine."""
    return datetime.now(UTC)


class TaskSender(Protocol):
    """Queues a Celery task; raises `kombu.exceptions.OperationalError` when the broker is away."""

    def send(self, task: str, queue: str, message: Message) -> None:
        """Queue `task` with `message` as its one argument."""


class CameraCommands(Protocol):
    """Writes to a camera's command stream; raises `redis.RedisError` when the ingress is away."""

    def send(self, camera_id: UUID, key: bytes, command: AnyCommand) -> None:
        """Sign `command` with the camera's key and append it to the camera's stream."""


class IngressUsers(Protocol):
    """Cameras' users on the ingress server; raises `redis.RedisError` when it is away."""

    def settle(self, camera_id: UUID, hashes: Sequence[str], now: datetime) -> None:
        """Let the camera in by the passwords with these SHA-256 hashes and no other; by none, not at all."""

    def held_bytes(self, camera_ids: Sequence[UUID]) -> Sequence[int]:
        """Return about how much memory each camera's events take."""

    def default_is_off(self) -> bool:
        """Whether nobody gets in without the name of a user."""

    def drop_events(self, camera_id: UUID) -> None:
        """Delete what the camera wrote and nobody has read."""


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Where boxes reach the ingress server (an address without password), whose certificates they may believe
    there (PEM; none: those that their system believes), and who lets them in."""

    ingress_url: str
    ca_pem: str | None
    users: IngressUsers
