"""Secrets of 256 random bits, of which the record keeps a hash.

Nobody can try so many, so SHA-256 is enough for these; a password, which people choose, needs Argon2.
"""

from __future__ import annotations

import secrets
from hashlib import sha256


def new_secret() -> str:
    """Return 256 random bits in base64url, without padding."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """Return the SHA-256 by which the record knows the secret."""
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()
