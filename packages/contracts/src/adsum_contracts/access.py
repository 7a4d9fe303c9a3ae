"""What a camera may do on the ingress server, in the words of Redis 7's access lists.

A box in a classroom is not trusted: it writes its own stream of events, reads its own commands, and nothing
else exists for it. One stream a camera, because `XADD ... MAXLEN 0` would let one erase the others'.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from adsum_contracts.ids import CameraId
from adsum_contracts.routes import commands_stream, events_stream

USER_PREFIX: Final = "camera-"


def camera_user(camera_id: CameraId) -> str:
    """Name the camera's user on the ingress server."""
    return f"{USER_PREFIX}{camera_id}"


def password_hash(password: str) -> str:
    """Return the SHA-256, in hex, by which server and record know a password of 256 random bits."""
    return sha256(password.encode()).hexdigest()


def camera_rules(camera_id: CameraId, *password_hashes: str) -> tuple[str, ...]:
    """Return the rules for `ACL SETUSER`; they replace whatever the user could do before.

    Passwords go as their SHA-256: the server's file of users must not tell them. Any of them opens.
    """
    return (
        "reset",
        "on",
        *(f"#{each}" for each in password_hashes),
        f"%W~{events_stream(camera_id)}",
        f"%R~{commands_stream(camera_id)}",
        "-@all",
        "+ping",
        "+xadd",
        "+xread",
    )
