"""A stream entry and its signature, made and checked in one place by both ends.

An entry is `{body: JSON, blob: bytes, mac: 32 bytes}`. The HMAC-SHA256 (RFC 2104) runs over a domain
word, the length of the body, the body and the blob; the body names camera, spool, sequence and capture
time, so that none of them can be changed or moved to another camera.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

BODY: Final = b"body"
BLOB: Final = b"blob"
MAC: Final = b"mac"

MAX_BODY_BYTES: Final = 128 * 1024
MAX_BLOB_BYTES: Final = 512 * 1024
KEY_BYTES: Final = 32

Direction = Literal["event", "command"]


class EntryError(ValueError):
    """A stream entry that nobody may trust."""


class MalformedEntry(EntryError):  # noqa: N818 - named for what it is, as EntryError's docstring says
    """The entry lacks a field, or a field is too large."""


class ForgedEntry(EntryError):  # noqa: N818
    """The signature is not that of the camera's key."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """The JSON body and the binary blob of an entry whose signature was right."""

    body: bytes
    blob: bytes


def seal(direction: Direction, body: bytes, blob: bytes, key: bytes) -> dict[bytes, bytes]:
    """Return the fields of a stream entry; a command never passes for an event, nor the reverse."""
    return {BODY: body, BLOB: blob, MAC: _mac(direction, body, blob, key)}


def unseal(direction: Direction, fields: Mapping[bytes, bytes], key: bytes) -> SealedEntry:
    """Return what was sealed; raise `MalformedEntry` or `ForgedEntry`."""
    missing = {BODY, BLOB, MAC} - set(fields)
    if missing:
        raise MalformedEntry(f"the entry lacks {', '.join(sorted(name.decode() for name in missing))}")
    body, blob = fields[BODY], fields[BLOB]
    if len(body) > MAX_BODY_BYTES or len(blob) > MAX_BLOB_BYTES:
        raise MalformedEntry(f"the entry is too large: body {len(body)}, blob {len(blob)} bytes")
    if not hmac.compare_digest(fields[MAC], _mac(direction, body, blob, key)):
        raise ForgedEntry("the signature does not fit the camera's key")
    return SealedEntry(body, blob)


def _mac(direction: Direction, body: bytes, blob: bytes, key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a camera's key has {KEY_BYTES} bytes, not {len(key)}")
    digest = hmac.new(key, digestmod=sha256)
    digest.update(b"adsum v1 " + direction.encode() + len(body).to_bytes(8, "big"))
    digest.update(body)
    digest.update(blob)
    return digest.digest()
