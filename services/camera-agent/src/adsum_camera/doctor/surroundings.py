"""Asks the machine and the server, only about what is configured."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import redis

from adsum_camera.adapters.redis_client import connected, entries_after
from adsum_camera.doctor.machine_rules import KeyAccepted, ServerAnswer, SpoolDisk
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import commands_stream
from adsum_contracts.sealing import EntryError, unseal

PATIENCE_S = 5.0
MOST_COMMANDS = 20


def spool_disk(folder: Path) -> SpoolDisk:
    """Write a small file beside the spool, for good, and look how much room there is."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="doctor-") as probe:
            began_s = time.monotonic()
            probe.write(bytes(65536))
            probe.flush()
            os.fsync(probe.fileno())
            sync_s = time.monotonic() - began_s
        room = os.statvfs(folder)
    except OSError as error:
        return SpoolDisk(fault=f"{folder}: {error.strerror}")
    return SpoolDisk(room.f_bavail * room.f_frsize, sync_s)


def server_answer(url: str, camera_id: CameraId | None, key: bytes | None) -> ServerAnswer:
    """Ask Redis whether it is there, and whether what it holds for this camera fits the key."""
    place = f"{urlsplit(url).hostname}:{urlsplit(url).port or 6379}"
    client = connected(url, PATIENCE_S)
    try:
        client.ping()
        began_s = time.monotonic()
        client.ping()
        answered_in_s = time.monotonic() - began_s
        accepted = None if camera_id is None or key is None else _key_accepted(client, camera_id, key)
        return ServerAnswer(None, answered_in_s, accepted, _offset_s(client))
    except redis.AuthenticationError:
        return ServerAnswer(f"{place} refuses the user name or the password")
    except redis.ResponseError as error:
        return ServerAnswer(f"{place} refuses: {str(error).split()[0]}")
    except redis.RedisError as error:
        return ServerAnswer(f"{place} cannot be reached ({type(error).__name__})")
    finally:
        client.close()


def _key_accepted(client: redis.Redis, camera_id: CameraId, key: bytes) -> KeyAccepted:
    """Try the key on the commands that the server has signed for this camera: one that fits is proof."""
    entries = entries_after(client, commands_stream(camera_id), "0", most=MOST_COMMANDS)
    if not entries:
        return "unproven"
    return "accepted" if any(_fits(fields, key) for _, fields in entries) else "refused"


def _fits(fields: Mapping[bytes, bytes], key: bytes) -> bool:
    try:
        unseal("command", fields, key)
    except EntryError:
        return False
    return True


def _offset_s(client: redis.Redis) -> float | None:
    """Return the server's clock minus ours, taken half-way; `None` where the camera may not ask."""
    before_s = time.time()
    try:
        seconds, microseconds = client.time()
    except redis.exceptions.NoPermissionError:
        return None
    return seconds + microseconds / 1e6 - (before_s + time.time()) / 2
