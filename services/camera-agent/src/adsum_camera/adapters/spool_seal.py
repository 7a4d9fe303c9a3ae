"""What lies in the spool's file is sealed: a box that is stolen, or its card, shows no face."""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adsum_contracts.ids import SpoolId

NONCE_BYTES: Final = 12
PURPOSE: Final = b"adsum spool v1"


class SealBroken(ValueError):  # noqa: N818 - reads as the sentence it is
    """The bytes were sealed with another key or for another place, or have changed since."""


class Seal:
    """ChaCha20-Poly1305 (RFC 8439) with a key of this spool alone, HKDF-SHA256 (RFC 5869) of the camera's.

    ChaCha20 because small ARM boxes have no instructions for AES. Nonces are random: with 2^32 of them
    under one key two are equal with a probability of 2^-33.
    """

    def __init__(self, camera_key: bytes, spool_id: SpoolId) -> None:
        derivation = HKDF(SHA256(), length=32, salt=spool_id.bytes, info=PURPOSE)
        self._cipher = ChaCha20Poly1305(derivation.derive(camera_key))

    def close(self, content: bytes, place: bytes) -> bytes:
        """Return `content` sealed for its `place`: nonce, ciphertext, tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Return what was sealed for this place; raise `SealBroken`."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("the seal is broken") from error
