"""Join tokens: a classroom's box shows one, once, and gets the credentials of its cameras."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from adsum_api.access.secrets import hash_of, new_secret
from adsum_api.audit.recording import record
from adsum_api.cameras.credentials import fresh, front_door, keep
from adsum_api.cameras.moving_over import Held
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, Gone, Unauthorized
from adsum_api.places.service import CameraNotFound
from adsum_api.ports import FrontDoor
from adsum_api.runtime import Runtime
from adsum_contracts.credentials import Joined, JoinedCamera
from adsum_contracts.ids import CameraId
from adsum_store.models import Camera, JoinToken, Room
from adsum_store.repositories import admissions
from adsum_store.repositories.audit import Action, NewEntry
from adsum_store.repositories.audit import append as append_entry
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import UnitOfWork


class JoinTokenUnknown(Unauthorized):
    """Nobody made this token."""

    def __init__(self) -> None:
        super().__init__("nobody made this join token: copy it whole, or make a new one")


class JoinTokenUsed(Conflict):
    """A token works once."""

    def __init__(self) -> None:
        super().__init__(
            "this join token was used before: make a new one. If it was not you who used it, shut the box "
            "out (DELETE /v1/cameras/{id}/credentials)"
        )


class JoinTokenExpired(Gone):
    """A token works for minutes."""

    def __init__(self) -> None:
        super().__init__("this join token has expired, or a newer one took its place: make a new one")


def make_token(
    work: UnitOfWork, caller: Operator, camera_ids: Sequence[UUID], minutes: int, now: datetime
) -> tuple[JoinToken, str]:
    """Return a new token and what it says, which is kept nowhere; older ones for any of the cameras end.

    Raises `CameraNotFound` for a camera that is not there, or revoked.
    """
    wanted = list(dict.fromkeys(camera_ids))
    known = {camera.id for camera, _ in admissions.cameras(work, caller.school_id, wanted)}
    for camera_id in wanted:
        if camera_id not in known:
            raise CameraNotFound(camera_id)
    admissions.end_tokens(work, caller.school_id, wanted, now)
    secret = new_secret()
    token = JoinToken(
        school_id=caller.school_id,
        token_sha256=hash_of(secret),
        camera_ids=wanted,
        made_by=caller.key,
        expires_at=now + timedelta(minutes=minutes),
    )
    admissions.add_token(work, token)
    record(work, caller, Action.CREDENTIALS_CHANGED, ("join_token", token.id), what="token made")
    return token, secret


def join(work: UnitOfWork, runtime: Runtime, secret: str, now: datetime) -> Joined:
    """Exchange a token for fresh credentials of its cameras; whoever had those of before is out.

    Raises `JoinTokenUnknown`, `JoinTokenUsed`, `JoinTokenExpired`, `NoFrontDoor` or `redis.RedisError`: the
    token then still holds.
    """
    token, door = _usable(work, secret, now), front_door(runtime)
    token.used_at = now
    found = admissions.cameras(work, token.school_id, token.camera_ids)
    if not found:
        raise JoinTokenExpired
    joined = [_let_in(work, runtime.vault, door, camera, room, now) for camera, room in found]
    append_entry(work, _entry(token, len(joined)))
    return Joined(ingress_url=door.ingress_url, ca_pem=door.ca_pem, cameras=tuple(joined))


def _usable(work: UnitOfWork, secret: str, now: datetime) -> JoinToken:
    token = admissions.locked_token(work, hash_of(secret))
    if token is None:
        raise JoinTokenUnknown
    if token.used_at is not None:
        raise JoinTokenUsed
    if token.expires_at <= now:
        raise JoinTokenExpired
    return token


def _let_in(
    work: UnitOfWork, vault: Vault, door: FrontDoor, camera: Camera, room: Room, now: datetime
) -> JoinedCamera:
    credentials, pair = fresh(camera.id, vault)
    admission = admissions.admit(work, camera, now)
    admission.joined_at = now
    keep(camera, admission, Held(pair))
    door.users.settle(camera.id, (pair.password_sha256,) if pair.password_sha256 else (), now)
    return JoinedCamera(id=CameraId(camera.id), name=camera.name, room=room.name, credentials=credentials)


def _entry(token: JoinToken, cameras: int) -> NewEntry:
    """A box has no account: the log says by whose token it came."""
    return NewEntry(
        school_id=token.school_id,
        actor=f"join-token:{token.id}",
        action=Action.CREDENTIALS_CHANGED,
        subject=("join_token", str(token.id)),
        details={"what": "joined", "cameras": cameras},
    )
