"""Secrets at rest (camera keys, waiting photos): sealed by Fernet (AES-128-CBC and HMAC-SHA256)."""

from __future__ import annotations

import hmac
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class WrongSecretKey(ValueError):  # noqa: N818 - reads as the sentence it is
    """What is stored was sealed with another secret key."""


class Vault:
    """Seals and opens; several keys, newest first and parted by commas, allow rotation."""

    def __init__(self, secret_keys: str) -> None:
        keys = [key.strip() for key in secret_keys.split(",")]
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._newest = keys[0].encode()

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


def new_secret_key() -> str:
    """Make a key for a new installation."""
    return Fernet.generate_key().decode()
