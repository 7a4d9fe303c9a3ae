"""Secrets at rest (camera keys, pictures), sealed by Fernet (AES-128-CBC, HMAC-SHA256); signed receipts."""

from __future__ import annotations

import hmac
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class WrongSecretKey(ValueError):  # noqa: N818 - reads as the sentence it is
    """What is stored was sealed with another secret key."""


class Vault:
    """Seals and opens; several keys, newest first and parted by commas, allow rotation."""

    def __init__(self, secret_keys: str) -> None:
        self._keys = [key.strip() for key in secret_keys.split(",")]
        self._fernet = MultiFernet([Fernet(key) for key in self._keys])
        self._newest = self._keys[0].encode()

    def key_for(self, purpose: bytes) -> bytes:
        """Return 32 bytes to sign with for this purpose; a new secret key ends what was signed."""
        return hmac.new(self._newest, purpose, sha256).digest()

    def seal(self, secret: bytes) -> bytes:
        """Return `secret` encrypted with the newest key."""
        return self._fernet.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed; raise `WrongSecretKey`."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise WrongSecretKey("the secret key is not the one this was sealed with") from None

    def with_key(self, wrapped: bytes) -> Vault:
        """Return a vault that seals with the sealed key `wrapped`, and opens by that key and these too; raise
        `WrongSecretKey`."""
        return Vault(",".join([self.open(wrapped).decode(), *self._keys]))

    @property
    def signer(self) -> Ed25519PrivateKey:
        """What signs receipts (RFC 8032), derived from the newest key (RFC 5869)."""
        derived = HKDF(SHA256(), length=32, salt=None, info=b"adsum receipts v1")
        return Ed25519PrivateKey.from_private_bytes(derived.derive(self._keys[0].encode()))


def new_secret_key() -> str:
    """Make a key for a new installation, or for a student."""
    return Fernet.generate_key().decode()
