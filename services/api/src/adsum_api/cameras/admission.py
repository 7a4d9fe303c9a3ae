"""Letting a camera's box into the ingress server, and shutting it out.

Needs Redis 7 with a file of users, and a user that may write that file.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlsplit, urlunsplit

from redis import Redis
from redis.exceptions import ResponseError

from adsum_contracts.access import camera_rules, camera_user, password_hash
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import events_stream

PASSWORD_BYTES: Final = 32
AHEAD: Final = timedelta(minutes=5)
"""An entry so far in the future was not named by the server's clock."""


def admit(ingress: Redis, camera_id: CameraId, now: datetime) -> str:
    """Give the camera a user of its own and a new password, which is returned and kept nowhere.

    Whoever used the old password is cut off. Raises `redis.RedisError`.
    """
    password = new_password()
    expel(ingress, camera_id)
    let_in(ingress, camera_id, (password_hash(password),), now)
    return password


def let_in(ingress: Redis, camera_id: CameraId, hashes: Sequence[str], now: datetime) -> None:
    """Let the camera in by the passwords with these hashes alone; who is connected stays so.

    A stream that was stopped by an entry from the future is made anew: nothing can be appended behind such an
    entry. Raises `redis.RedisError`.
    """
    if _last_entry(ingress, camera_id) > now + AHEAD:
        ingress.delete(events_stream(camera_id))
    _acl(ingress, "SETUSER", camera_user(camera_id), *camera_rules(camera_id, *hashes))
    _acl(ingress, "SAVE")


def passwords_of(ingress: Redis, camera_id: CameraId) -> frozenset[str] | None:
    """Return the hashes by which the camera is let in, or nothing where it has no user.

    Raises `redis.RedisError`.
    """
    told = cast(Any, ingress.acl_getuser(camera_user(camera_id)))
    return None if told is None else frozenset(told["passwords"])


def new_password() -> str:
    """Return 256 random bits in base64url."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def expel(ingress: Redis, camera_id: CameraId) -> bool:
    """Take the camera's user away and cut its connections; return whether there was one.

    Raises `redis.RedisError`.
    """
    there = bool(_acl(ingress, "DELUSER", camera_user(camera_id)))
    _acl(ingress, "SAVE")
    return there


def address_for(public_url: str, camera_id: CameraId, password: str) -> str:
    """Return `public_url` with the camera's user and password in it, for ADSUM_INGRESS_URL on its box."""
    parts = urlsplit(public_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{camera_user(camera_id)}:{password}@{host}"))


def _acl(ingress: Redis, *words: str) -> Any:  # noqa: ANN401 - each command has an answer of its own
    return cast(Any, ingress).execute_command("ACL", *words)


def _last_entry(ingress: Redis, camera_id: CameraId) -> datetime:
    """Return when the stream's newest entry claims to have come; the epoch where there is no stream."""
    try:
        known = cast(Any, ingress.xinfo_stream(events_stream(camera_id)))
    except ResponseError:  # no such key
        return datetime.fromtimestamp(0, UTC)
    milliseconds = int(known["last-generated-id"].partition(b"-")[0])
    latest = int(datetime.max.replace(tzinfo=UTC).timestamp()) - 1
    return datetime.fromtimestamp(min(milliseconds // 1000, latest), UTC)
