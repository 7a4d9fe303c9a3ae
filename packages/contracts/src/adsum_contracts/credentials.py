"""What a camera's box shows the server, and how new ones travel to it: closed with the key that it has."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import Field, field_validator

from adsum_contracts.ids import CameraId, CommandId
from adsum_contracts.message import Message
from adsum_contracts.sealing import KEY_BYTES

NONCE_BYTES: Final = 12
PURPOSE: Final = b"adsum renewed credentials v1"


class CameraCredentials(Message):
    """A camera's user and password on the ingress server, and the key that signs (URL-safe base64)."""

    user: str
    password: Annotated[str, Field(min_length=1, repr=False)]
    key: Annotated[str, Field(repr=False)]

    @field_validator("key")
    @classmethod
    def _is_a_key(cls, key: str) -> str:
        if len(urlsafe_b64decode(key)) != KEY_BYTES:
            raise ValueError(f"a camera's key has {KEY_BYTES} bytes")
        return key

    @property
    def key_bytes(self) -> bytes:
        """The key itself."""
        return urlsafe_b64decode(self.key)


class JoinedCamera(Message):
    """A camera that a box was let in for."""

    id: CameraId
    name: str
    room: str
    credentials: CameraCredentials


class Joined(Message):
    """What a box gets for its join token: where it writes, whom it believes there, and its cameras.

    `ingress_url` holds no password. `ca_pem`: the authority of the ingress server's certificate; without it
    the box believes those that its system believes.
    """

    ingress_url: str
    ca_pem: str | None = None
    cameras: tuple[JoinedCamera, ...]


class CannotOpen(ValueError):  # noqa: N818 - reads as the sentence it is
    """The credentials were closed with another key, or for another camera or command."""


def close(credentials: CameraCredentials, camera_id: CameraId, command_id: CommandId, key: bytes) -> str:
    """Return the credentials, readable only by who has the camera's `key` of now.

    ChaCha20-Poly1305 (RFC 8439) under HKDF-SHA256 (RFC 5869) of that key, bound to camera and command.
    """
    nonce = os.urandom(NONCE_BYTES)
    content = credentials.model_dump_json().encode()
    closed = _cipher(key).encrypt(nonce, content, _place(camera_id, command_id))
    return urlsafe_b64encode(nonce + closed).decode()


def opened(closed: str, camera_id: CameraId, command_id: CommandId, key: bytes) -> CameraCredentials:
    """Return what was closed; raise `CannotOpen`, or `pydantic.ValidationError` for no credentials."""
    try:
        given = urlsafe_b64decode(closed)
        content = _cipher(key).decrypt(
            given[:NONCE_BYTES], given[NONCE_BYTES:], _place(camera_id, command_id)
        )
    except (InvalidTag, ValueError):
        raise CannotOpen("the credentials do not open with the camera's key") from None
    return CameraCredentials.model_validate_json(content)


def _cipher(key: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(key))


def _place(camera_id: UUID, command_id: UUID) -> bytes:
    return camera_id.bytes + command_id.bytes
