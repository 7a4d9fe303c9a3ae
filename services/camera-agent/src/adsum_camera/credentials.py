"""What a camera shows the server: as it was configured by hand, or as its box got it by joining.

Those that came by joining may be renewed while the agent runs. The next connection and the next entry use
the new ones; what the server signed with the key of before is still believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from redis.credentials import CredentialProvider

from adsum_contracts.credentials import CameraCredentials

Keep = Callable[[CameraCredentials, bytes], None]
"""Writes renewed credentials, and the key of before, where they outlive a power cut; raises `OSError`."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown now. `login`: user and password, unless the server's address says them itself."""

    key: bytes = field(repr=False)
    earlier_key: bytes | None = field(default=None, repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)


class NotRenewable(ValueError):  # noqa: N818 - reads as the sentence it is
    """The credentials were configured by hand."""


class Credentials(CredentialProvider):
    """One camera's, shared by its threads. `spool_key` seals what lies on the disk, and stays as it is."""

    def __init__(self, shown: Shown, spool_key: bytes | None = None, keep: Keep | None = None) -> None:
        self._shown = shown
        self._keep = keep
        self.spool_key = spool_key or shown.key

    @classmethod
    def of_key(cls, key: bytes) -> Credentials:
        """Return credentials as they are configured by hand: a key alone."""
        return cls(Shown(key))

    @property
    def now(self) -> Shown:
        """What to show now; another object once they were renewed."""
        return self._shown

    @property
    def key(self) -> bytes:
        """What signs events."""
        return self._shown.key

    @property
    def keys(self) -> tuple[bytes, ...]:
        """What a command may be signed with."""
        shown = self._shown
        return (shown.key,) if shown.earlier_key is None else (shown.key, shown.earlier_key)

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Tell Redis who connects."""
        login = self._shown.login
        if login is None:
            raise NotRenewable("the server's address names the user")
        return login

    def renew(self, fresh: CameraCredentials) -> None:
        """Keep `fresh`, then show them from now on. Raises `NotRenewable`, and `OSError` where they cannot be
        kept: those of before are shown then."""
        if self._keep is None:
            raise NotRenewable("these credentials were configured by hand")
        before = self._shown
        if fresh.key_bytes == before.key:
            return
        self._keep(fresh, before.key)
        self._shown = Shown(fresh.key_bytes, before.key, (fresh.user, fresh.password))
