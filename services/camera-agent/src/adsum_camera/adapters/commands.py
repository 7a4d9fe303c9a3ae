"""Reads the camera's own command stream, believes only what is signed, and hands on what is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Final

import redis
import structlog
from pydantic import ValidationError

from adsum_camera.adapters.redis_client import entries_after, patiently
from adsum_camera.adapters.spool import Spool
from adsum_camera.clock import LinkClock
from adsum_camera.credentials import Credentials
from adsum_camera.renewing import renew
from adsum_contracts.commands import (
    CAMERA_COMMAND,
    AnyCommand,
    CaptureSamples,
    Committed,
    Configure,
    Renew,
    TrackNamed,
)
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import commands_stream
from adsum_contracts.sealing import EntryError, ForgedEntry, unseal

log = structlog.get_logger()

LAST_READ: Final = "last_command"
CONFIGURED: Final = "last_configure"
BLOCK_MS: Final = 1000
MOST_AT_ONCE: Final = 100

Inbox = SimpleQueue[CaptureSamples | TrackNamed | Configure]
"""What the pipeline must hear of; it empties it before each frame."""


@dataclass(slots=True)
class CommandReader:
    """`run` is a thread of its own. `refused` counts entries that were forged, malformed or not ours.

    `committed` counts the events that the server confirmed, the last time at `committed_at` by the steady
    clock. The last `Configure` outlives a restart: it is in the inbox from the start.
    """

    spool: Spool
    client: redis.Redis
    camera_id: CameraId
    credentials: Credentials
    clock: LinkClock
    inbox: Inbox
    refused: int = field(default=0, init=False)
    committed: int = field(default=0, init=False)
    committed_at: float | None = field(default=None, init=False)
    _last_read: str = field(init=False)

    def __post_init__(self) -> None:
        self._last_read = self.spool.state(LAST_READ) or "0"
        configured = self.spool.state(CONFIGURED)
        if configured:
            self.inbox.put(Configure.model_validate_json(configured))

    def run(self) -> None:
        """Read until the stop; while Redis is away, try again with growing pauses."""
        while not self.clock.stopping:
            patiently(self.clock, "commands_not_read")(self.read_once)

    def read_once(self, block_ms: int = BLOCK_MS) -> None:
        """Obey what has come since the last entry read, or wait a little; raises `redis.RedisError`."""
        stream = commands_stream(self.camera_id)
        for entry_id, fields in entries_after(
            self.client, stream, self._last_read, most=MOST_AT_ONCE, block_ms=block_ms
        ):
            command = self._believed(fields)
            if command is not None:
                self._obey(command)
            self._last_read = entry_id.decode()
            self.spool.set_state(LAST_READ, self._last_read)

    def _believed(self, fields: Mapping[bytes, bytes]) -> AnyCommand | None:
        """Return the command, or count what is not signed by our server for this camera."""
        try:
            command = CAMERA_COMMAND.validate_json(self._unsealed(fields))
        except (EntryError, ValidationError) as error:
            self.refused += 1
            log.warning("command_refused", reason=type(error).__name__, refused=self.refused)
            return None
        if command.camera_id != self.camera_id:
            self.refused += 1
            log.warning("command_refused", reason="AnotherCamera", refused=self.refused)
            return None
        return command

    def _unsealed(self, fields: Mapping[bytes, bytes]) -> bytes:
        """Return what our server said; just after a renewal it may still sign with the key of before."""
        *others, last = self.credentials.keys
        for key in others:
            with suppress(ForgedEntry):
                return unseal("command", fields, key).body
        return unseal("command", fields, last).body

    def _obey(self, command: AnyCommand) -> None:
        match command:
            case Committed():
                self.spool.forget(command.spool_id, command.sequences)
                self.committed += len(command.sequences)
                self.committed_at = self.clock.steady()
            case TrackNamed():
                self.spool.named(command.track_id)
                self.inbox.put(command)
            case CaptureSamples():
                self.inbox.put(command)
            case Configure():
                self.spool.set_state(CONFIGURED, command.model_dump_json())
                self.inbox.put(command)
            case Renew():
                if renew(command, self.credentials, self.spool, self.clock.now()):
                    self.client.connection_pool.disconnect()
