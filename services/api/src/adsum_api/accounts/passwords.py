"""Passwords, kept as Argon2id hashes (RFC 9106)."""

from __future__ import annotations

import secrets
from functools import cached_property
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from adsum_api.errors import Invalid

SHORTEST: Final = 12
LONGEST: Final = 200
AT_ONCE: Final = 2
"""Each hash takes 64 MiB while it is made: a flood of guesses waits here instead of eating the memory."""


class BadPassword(Invalid):
    """Too short to stand against guessing, or longer than anybody types."""

    def __init__(self) -> None:
        super().__init__(f"a password has {SHORTEST} to {LONGEST} characters")


class Passwords:
    """Makes and checks hashes with the parameters of `hasher`: RFC 9106's low-memory ones by default."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._seats = BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """Return the hash to keep; raise `BadPassword`."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise BadPassword
        with self._seats:
            return self._hasher.hash(password)

    def is_right(self, kept: str | None, password: str) -> bool:
        """Whether `password` is the one that was hashed; takes as long where there is none."""
        with self._seats:
            try:
                self._hasher.verify(kept or self._of_nobody, password[:LONGEST])
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None and len(password) <= LONGEST

    def is_weak(self, kept: str) -> bool:
        """Whether `kept` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _of_nobody(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(32))


def random_password() -> str:
    """Return a password of 96 random bits that can be read out and typed."""
    return "-".join(secrets.token_hex(3) for _ in range(4))
