"""Cameras are told when lessons begin and end, so that they look harder then.

Each is told after whatever changed its lessons is committed, and by beat, for what failed then and for boxes
that lost their memory; only when there is news. The row of the camera is locked meanwhile: of two who tell
it, the later one knows as much, so the newest command in its stream is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import structlog

from adsum_api.errors import SERVERS_AWAY
from adsum_api.lessons.hours import AHEAD, digest_of, hours_of
from adsum_api.runtime import Runtime
from adsum_contracts.commands import Configure
from adsum_contracts.ids import CameraId, CommandId
from adsum_store.repositories import lessons, places
from adsum_store.sealing import WrongSecretKey
from adsum_store.unit_of_work import UnitOfWork

log = structlog.get_logger()


def tell_room_after(work: UnitOfWork, runtime: Runtime, room_id: UUID) -> None:
    """Tell the room's cameras of its lessons once this is committed; if that fails, beat does it later."""
    camera_ids = places.cameras_in(work, room_id)
    work.after_commit(lambda: tell(runtime, camera_ids))


def tell_camera_after(work: UnitOfWork, runtime: Runtime, camera_id: UUID) -> None:
    """Tell this camera of its room's lessons once this is committed; if that fails, beat does it later."""
    work.after_commit(lambda: tell(runtime, (camera_id,)))


def tell_all(runtime: Runtime) -> None:
    """Tell every camera that may still speak what it does not know yet."""
    with runtime.store.begin() as work:
        camera_ids = places.unrevoked_ids(work)
    tell(runtime, camera_ids)


def tell(runtime: Runtime, camera_ids: Sequence[UUID]) -> None:
    """Tell these cameras what they do not know yet; what fails is logged, a server that is away ends it."""
    for camera_id in camera_ids:
        try:
            _tell(runtime, camera_id)
        except WrongSecretKey:
            log.warning("camera_not_told", camera_id=str(camera_id), reason="its key was sealed with another")
        except SERVERS_AWAY as error:
            log.warning("camera_not_told", camera_id=str(camera_id), reason=type(error).__name__)
            return


def _tell(runtime: Runtime, camera_id: UUID) -> None:
    now = runtime.clock()
    with runtime.store.begin() as work:
        camera = places.locked_camera(work, camera_id)
        if camera is None or camera.revoked:
            return
        hours = hours_of(lessons.hours(work, camera.school_id, camera.room_id, now, now + AHEAD), now)
        digest = digest_of(hours, places.newest_spool(work, camera_id))
        if camera.told == digest or (camera.told is None and not hours):
            return
        command = Configure(
            camera_id=CameraId(camera_id), command_id=CommandId(uuid4()), issued_at=now, lessons=hours
        )
        runtime.commands.send(camera_id, runtime.vault.open(camera.key_sealed), command)
        camera.told = digest
