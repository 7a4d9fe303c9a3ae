"""Cameras' users on the ingress server. Needs Redis 7 with a file of users, and a user who may write it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from redis import Redis

from adsum_api.cameras.admission import expel, let_in, passwords_of
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import events_stream

SAMPLES: Final = 50


class RedisIngressUsers:
    """Makes the server's users what the record says. Raises `redis.RedisError`."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    def settle(self, camera_id: UUID, hashes: Sequence[str], now: datetime) -> None:
        """Let the camera in by the passwords with these hashes and by no other; by none, shut it out.

        Who came in by another password is cut off at once. A password that is only added cuts off nobody.
        """
        camera, there = CameraId(camera_id), passwords_of(self._client, CameraId(camera_id))
        if there == (frozenset(hashes) or None):
            return
        if there is not None and not there <= frozenset(hashes):
            expel(self._client, camera)
        if hashes:
            let_in(self._client, camera, hashes, now)

    def held_bytes(self, camera_ids: Sequence[UUID]) -> Sequence[int]:
        """Return about how much memory each camera's events take, by a sample of them."""
        with self._client.pipeline(transaction=False) as pipe:
            for camera_id in camera_ids:
                pipe.memory_usage(events_stream(CameraId(camera_id)), samples=SAMPLES)
            return [held or 0 for held in pipe.execute()]

    def default_is_off(self) -> bool:
        """Whether nobody gets in without the name of a user."""
        told = cast(Any, self._client.acl_getuser("default"))
        return told is None or "off" in told["flags"]

    def drop_events(self, camera_id: UUID) -> None:
        """Delete what the camera wrote and nobody has read; the dispatcher makes the stream anew."""
        self._client.delete(events_stream(CameraId(camera_id)))
