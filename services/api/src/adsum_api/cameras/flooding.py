"""Cutting off a box that fills the ingress server.

Redis bounds a field of an entry, not its fields, and no user's memory. What a camera may hold there is
bounded here, from outside and some seconds late.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import structlog

from adsum_api.cameras.renewing import cut_off_after, void
from adsum_api.ports import FrontDoor
from adsum_api.runtime import Runtime
from adsum_store.repositories import places
from adsum_store.repositories.audit import Action, NewEntry, append

log = structlog.get_logger()

MOST_BYTES: Final = 128 * 1024 * 1024
"""An agent has 2,000 entries under way at most, of some ten kilobytes each: a fifth of this."""


def cut_off_floods(runtime: Runtime) -> None:
    """Shut out every box whose events take more than `MOST_BYTES`, and delete them; raise `redis.RedisError`.

    A box that did not mean it, and joins again, sends from its spool what was deleted.
    """
    if runtime.front_door is None:
        return
    with runtime.store.begin() as work:
        camera_ids = places.unrevoked_ids(work)
    held = runtime.front_door.users.held_bytes(camera_ids)
    for camera_id, size in zip(camera_ids, held, strict=True):
        if size > MOST_BYTES:
            log.error("camera_floods", camera_id=str(camera_id), bytes=size)
            _cut_off(runtime, runtime.front_door, camera_id)


def _cut_off(runtime: Runtime, door: FrontDoor, camera_id: UUID) -> None:
    with runtime.store.begin() as work:
        camera = places.locked_camera(work, camera_id)
        if camera is None:
            return
        void(work, runtime.vault, camera, runtime.clock())
        entry = NewEntry(
            school_id=camera.school_id,
            actor="adsum",
            action=Action.CREDENTIALS_CHANGED,
            subject=("camera", str(camera_id)),
            details={"what": "revoked: it filled the ingress server"},
        )
        append(work, entry)
        cut_off_after(work, runtime, camera_id)
    door.users.drop_events(camera_id)
