"""Commands to cameras, signed, in the stream that each camera alone reads."""

from __future__ import annotations

from uuid import UUID

from redis import Redis

from adsum_contracts.commands import AnyCommand
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import COMMANDS_MAXLEN, commands_stream
from adsum_contracts.sealing import seal


class RedisCameraCommands:
    """Appends to command streams on the ingress server."""

    def __init__(self, ingress: Redis) -> None:
        self._ingress = ingress

    def send(self, camera_id: UUID, key: bytes, command: AnyCommand) -> None:
        """Sign and append `command`; the stream keeps about the last `COMMANDS_MAXLEN`."""
        fields = seal("command", command.model_dump_json().encode(), b"", key)
        stream = commands_stream(CameraId(camera_id))
        self._ingress.xadd(stream, dict(fields.items()), maxlen=COMMANDS_MAXLEN, approximate=True)
