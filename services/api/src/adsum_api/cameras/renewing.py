"""Renewing what a camera's box was given, and shutting it out.

The record says which passwords hold, and the ingress server's users are settled after it. Renewing waits for
that server first, so that a box is offered nothing that does not open. Shutting out never waits: the key is
void at once, and the users of a server that is away are settled by beat.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog
from redis.exceptions import RedisError

from adsum_api.audit.recording import record
from adsum_api.cameras.credentials import fresh, front_door, held_by, keep
from adsum_api.cameras.joining_schemas import CredentialsOut
from adsum_api.cameras.moving_over import Held, Pair, aged, offered, used
from adsum_api.deps import Operator
from adsum_api.errors import Conflict
from adsum_api.places.service import CameraNotFound
from adsum_api.runtime import Runtime
from adsum_contracts.commands import Renew
from adsum_contracts.credentials import CameraCredentials, close
from adsum_contracts.events import CommandReply
from adsum_contracts.ids import CameraId, CommandId
from adsum_store.models import Camera, CameraAdmission
from adsum_store.repositories import admissions
from adsum_store.repositories.audit import Action
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork

log = structlog.get_logger()

REMEMBERED: Final = timedelta(days=30)
"""So long a token that ended is told from one that never was."""


class NeverJoined(Conflict):
    """The camera has nothing that could be renewed."""

    def __init__(self) -> None:
        super().__init__("no box has joined for this camera: make a join token first (POST /v1/join-tokens)")


class RenewalUnderWay(Conflict):
    """Two renewals at once would leave a box with neither."""

    def __init__(self) -> None:
        super().__init__("this camera's box has new credentials waiting for it that it has not used yet")


def renew(
    work: UnitOfWork, runtime: Runtime, caller: Operator, camera_id: UUID, grace: timedelta, now: datetime
) -> CredentialsOut:
    """Offer the camera's box new credentials; both pairs hold until it uses the new one or `grace` is over.

    Raises `CameraNotFound`, `NeverJoined`, `RenewalUnderWay`, `NoFrontDoor` or `redis.RedisError`.
    """
    camera, admission = _joined(work, caller, camera_id)
    door = front_door(runtime)
    held = aged(held_by(camera, admission), now)
    if held.in_force.password_sha256 is None:
        raise NeverJoined
    if held.is_moving:
        raise RenewalUnderWay
    credentials, pair = fresh(camera_id, runtime.vault)
    command = _renewal(camera, credentials, runtime.vault, now)
    held = offered(held, pair, command.command_id, now + grace)
    keep(camera, admission, held)
    door.users.settle(camera_id, held.passwords, now)
    key = runtime.vault.open(camera.key_sealed)
    work.after_commit(lambda: runtime.commands.send(camera_id, key, command))
    work.if_untold(lambda: _withdraw(runtime, camera_id, command.command_id))
    record(work, caller, Action.CREDENTIALS_CHANGED, ("camera", camera_id), what="renewed")
    return _told(camera, admission)


def shut_out(work: UnitOfWork, runtime: Runtime, caller: Operator, camera_id: UUID, now: datetime) -> None:
    """Void the camera's key, its user and its open tokens, at once; the camera itself stays, and may join.

    Raises `CameraNotFound`.
    """
    found = admissions.cameras(work, caller.school_id, [camera_id])
    if not found:
        raise CameraNotFound(camera_id)
    camera = found[0][0]
    admissions.end_tokens(work, caller.school_id, [camera_id], now)
    void(work, runtime.vault, camera, now)
    record(work, caller, Action.CREDENTIALS_CHANGED, ("camera", camera_id), what="revoked")
    cut_off_after(work, runtime, camera_id)


def void(work: UnitOfWork, vault: Vault, camera: Camera, now: datetime) -> None:
    """Let nothing open for the camera's box: its key becomes one that nobody has."""
    _, pair = fresh(camera.id, vault)
    keep(camera, admissions.admit(work, camera, now), Held(Pair(pair.key_sealed, None)))


def cut_off_after(work: UnitOfWork, runtime: Runtime, camera_id: UUID) -> None:
    """Settle the camera's user once this is committed; if the server is away, beat does it later."""
    work.after_commit(lambda: settle_one(runtime, camera_id))


def show(work: UnitOfWork, caller: Operator, camera_id: UUID) -> CredentialsOut:
    """Return how the camera's box is let in; raise `CameraNotFound` or `NeverJoined`."""
    return _told(*_joined(work, caller, camera_id))


def note_reply(work: UnitOfWork, runtime: Runtime, reply: CommandReply, now: datetime) -> None:
    """Let a pair be in force that the box says, by it, that it uses; other replies change nothing."""
    found = None if reply.job_id is not None else admissions.locked(work, reply.camera_id)
    if found is not None:
        keep(*found, used(held_by(*found), reply.command_id, now))
        cut_off_after(work, runtime, reply.camera_id)


def settle_all(runtime: Runtime) -> None:
    """Make what time has ended end, and the ingress server's users what the record says."""
    if runtime.front_door is None:
        return
    with runtime.store.begin() as work:
        camera_ids = admissions.joined_ids(work)
        admissions.purge_tokens(work, runtime.clock() - REMEMBERED)
    for camera_id in camera_ids:
        settle_one(runtime, camera_id)


def settle_one(runtime: Runtime, camera_id: UUID) -> None:
    """Do so for one camera; a server that is away is logged, and asked again by beat."""
    now = runtime.clock()
    with runtime.store.begin() as work:
        found = admissions.locked(work, camera_id)
        if found is None or runtime.front_door is None:
            return
        camera, admission = found
        held = aged(held_by(camera, admission), now)
        keep(camera, admission, held)
        try:
            runtime.front_door.users.settle(camera_id, () if camera.revoked else held.passwords, now)
        except RedisError as error:
            log.warning("users_not_settled", camera_id=str(camera_id), reason=type(error).__name__)


def _withdraw(runtime: Runtime, camera_id: UUID, offered_by: UUID) -> None:
    """Take back an offer that the box was not told of: else its credentials would end unawares."""
    with runtime.store.begin() as work:
        found = admissions.locked(work, camera_id)
        if found is not None and found[1].spare_id == offered_by:
            keep(*found, Held(held_by(*found).in_force))


def _renewal(camera: Camera, credentials: CameraCredentials, vault: Vault, now: datetime) -> Renew:
    camera_id, command_id = CameraId(camera.id), CommandId(uuid4())
    closed = close(credentials, camera_id, command_id, vault.open(camera.key_sealed))
    return Renew(camera_id=camera_id, command_id=command_id, issued_at=now, closed=closed)


def _joined(work: UnitOfWork, caller: Operator, camera_id: UUID) -> tuple[Camera, CameraAdmission]:
    if not admissions.cameras(work, caller.school_id, [camera_id]):
        raise CameraNotFound(camera_id)
    found = admissions.locked(work, camera_id)
    if found is None:
        raise NeverJoined
    return found


def _told(camera: Camera, row: CameraAdmission) -> CredentialsOut:
    held = held_by(camera, row)
    state = (
        "shut_out" if held.in_force.password_sha256 is None else "moving" if held.is_moving else "in_force"
    )
    ends_at = row.spare_until if held.is_moving else None
    return CredentialsOut(camera_id=camera.id, state=state, joined_at=row.joined_at, ends_at=ends_at)
