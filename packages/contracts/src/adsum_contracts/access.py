"""What a camera may do on the ingress server, in the words of Redis 7's access lists.

A box in a classroom is not trusted: it writes its own stream of events, reads its own commands, and nothing
else exists for it. One stream a camera, because `XADD ... MAXLEN 0` would let one erase the others'.
"""

from __future__ import annotations

from hashlib import sha256

from adsum_contracts.ids import CameraId
from adsum_contracts.routes import commands_stream, events_stream


def camera_user(camera_id: CameraId) -> str:
    """Name the camera's user on the ingress server."""
    return f"camera-{camera_id}"


def camera_rules(camera_id: CameraId, password: str) -> tuple[str, ...]:
    """Return the rules for `ACL SETUSER`; they replace whatever the user could do before.

    The password goes as its SHA-256: the server's file of users must not tell it.
    """
    return (
        "reset",
        "on",
        f"#{sha256(password.encode()).hexdigest()}",
        f"%W~{events_stream(camera_id)}",
        f"%R~{commands_stream(camera_id)}",
        "-@all",
        "+ping",
        "+xadd",
        "+xread",
    )
