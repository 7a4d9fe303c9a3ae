"""A stream of any length, sealed in chunks as age does it: STREAM over ChaCha20-Poly1305 (RFC 8439).

    "adsum-backup 1\\n" | salt, 16 bytes | chunks of 64 KiB and 16 bytes, the last one shorter or as long

The key is HKDF-SHA256 of the installation's secret key and the salt. A chunk's nonce is its place (11 bytes,
big-endian) and whether it is the last (1 byte), so that none can be swapped, dropped or cut off unseen:
https://github.com/C2SP/C2SP/blob/main/age.md#payload
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adsum_api.errors import DomainError

MAGIC: Final = b"adsum-backup 1\n"
SALT_BYTES: Final = 16
CHUNK: Final = 64 * 1024
TAG_BYTES: Final = 16


class BadBackup(DomainError):  # noqa: N818 - reads as the sentence it is
    """The file is no backup, was sealed with another key, or is damaged."""


def seal(secret_key: str, salt: bytes, parts: Iterable[bytes], target: BinaryIO) -> None:
    """Write `parts` sealed; `salt` is 16 random bytes that are used once."""
    cipher = _cipher(secret_key, salt)
    target.write(MAGIC + salt)
    for place, (chunk, following) in enumerate(pairwise(chain(_chunks(parts), [None]))):
        assert chunk is not None  # noqa: S101 - only the last is, and it is never first of a pair
        target.write(cipher.encrypt(_nonce(place, is_last=following is None), chunk, None))


def unseal(secret_keys: Iterable[str], source: BinaryIO, target: BinaryIO) -> None:
    """Write what was sealed with one of the keys; raise `BadBackup`, having written what came before."""
    if source.read(len(MAGIC)) != MAGIC:
        raise BadBackup("this file is no backup of Adsum's")
    salt = source.read(SALT_BYTES)
    ciphers = [_cipher(key, salt) for key in secret_keys]
    sealed = iter(lambda: source.read(CHUNK + TAG_BYTES), b"")
    for place, (chunk, following) in enumerate(pairwise(chain(sealed, [None]))):
        nonce = _nonce(place, is_last=following is None)
        ciphers, opened = _opened(ciphers, nonce, chunk or b"", first=place == 0)
        target.write(opened)
    if source.tell() == len(MAGIC) + len(salt):
        raise BadBackup("this backup is damaged: it ends after its beginning")


def _opened(
    ciphers: list[ChaCha20Poly1305], nonce: bytes, chunk: bytes, *, first: bool
) -> tuple[list[ChaCha20Poly1305], bytes]:
    for cipher in ciphers:
        try:
            return [cipher], cipher.decrypt(nonce, chunk, None)
        except InvalidTag:
            continue
    if first:
        raise BadBackup(
            "this backup was sealed with another ADSUM_SECRET_KEY, or is damaged: set the key of the "
            "installation that it was made of"
        )
    raise BadBackup("this backup is damaged or cut off: take another one")


def _chunks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Cut what comes into chunks of `CHUNK` bytes; there is always one, if an empty one."""
    waiting, any_yet = bytearray(), False
    for part in parts:
        waiting += part
        while len(waiting) > CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
            any_yet = True
    if waiting or not any_yet:
        yield bytes(waiting)


def _nonce(place: int, *, is_last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes([is_last])


def _cipher(secret_key: str, salt: bytes) -> ChaCha20Poly1305:
    derived = HKDF(SHA256(), 32, salt, b"adsum backup").derive(secret_key.strip().encode())
    return ChaCha20Poly1305(derived)
