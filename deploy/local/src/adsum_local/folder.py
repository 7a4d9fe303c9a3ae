"""The one folder that a run keeps its data in: secrets, ports, servers' files, spool, and a lock."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import platformdirs
import psutil

from adsum_local.errors import AlreadyRunning, DiskFull, NothingRuns, NotOurFolder
from adsum_local.ports import free_port, is_free
from adsum_store.sealing import new_secret_key

MIN_FREE_BYTES = 300 * 1024 * 1024
"""What an empty PostgreSQL cluster, two append-only files and a spool need, with room to work."""

ENVIRONMENT = "environment.json"

DEMO_MARKER = "made-by-adsum-demo"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Made at the first start and kept; nothing here has a default."""

    secret_key: str
    api_token: str
    password: str
    postgres_port: int
    ingress_port: int
    broker_port: int


def default_folder() -> Path:
    """Where data goes unless told otherwise; root's home is closed to PostgreSQL's user, /var/lib is not."""
    if os.geteuid() == 0:
        return Path("/var/lib/adsum")
    return Path(platformdirs.user_data_dir("adsum"))


class DataFolder:
    """A locked data folder; a context manager, so that the lock ends with the run (or with a kill)."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self._lock: IO[str] | None = None

    def __enter__(self) -> DataFolder:
        """Make, check and lock the folder; raise `AlreadyRunning` or `DiskFull`."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o711)
        free = shutil.disk_usage(self.path).free
        if free < MIN_FREE_BYTES:
            raise DiskFull(
                f"{self.path} has {free // 2**20} MB free and a run needs {MIN_FREE_BYTES // 2**20} MB: "
                f"make room, or choose another folder with --data"
            )
        self._lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise AlreadyRunning(
                f"Adsum already runs on {self.path}: stop it with Ctrl-C there, or choose another --data"
            ) from None
        self._end_leftovers()
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.close()

    def credentials(self) -> Credentials:
        """Read what the first start made, or make it; ports that got taken meanwhile are replaced."""
        file = self.path / "credentials.json"
        if file.exists():
            kept = Credentials(**json.loads(file.read_text(encoding="utf-8")))
        else:
            kept = Credentials(
                new_secret_key(), secrets.token_urlsafe(24), secrets.token_urlsafe(24), 0, 0, 0
            )
        ports = {
            name: port if port and is_free(port) else free_port()
            for name, port in asdict(kept).items()
            if name.endswith("_port")
        }
        kept = Credentials(**asdict(kept) | ports)
        _write_private(file, json.dumps(asdict(kept)))
        return kept

    def camera_credentials(self) -> tuple[str, str] | None:
        """The camera's id and key, if this folder has one."""
        file = self.path / "camera.json"
        if not file.exists():
            return None
        kept = json.loads(file.read_text(encoding="utf-8"))
        return kept["id"], kept["key"]

    def keep_camera_credentials(self, camera_id: str, key: str) -> None:
        """Remember what the API says once."""
        _write_private(self.path / "camera.json", json.dumps({"id": camera_id, "key": key}))

    def keep_environment(self, environment: Mapping[str, str]) -> None:
        """Remember what the services of this run are told, for `adsum exec`."""
        _write_private(self.path / ENVIRONMENT, json.dumps(dict(environment)))

    def remember_child(self, pid: int) -> None:
        """Note a child, so that the next start can end it where the kernel does not."""
        with (self.path / "children").open("a", encoding="utf-8") as file:
            file.write(f"{pid} {psutil.Process(pid).create_time()}\n")

    def _end_leftovers(self) -> None:
        file = self.path / "children"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        leftovers = [process for line in lines if (process := _still_the_same(*line.split()))]
        for process in leftovers:
            process.terminate()
        for process in psutil.wait_procs(leftovers, timeout=10)[1]:
            process.kill()
        file.unlink(missing_ok=True)


def kept_environment(path: Path) -> dict[str, str]:
    """Read what the services of the run in `path` were told; raise `NothingRuns`."""
    file = path.expanduser().resolve() / ENVIRONMENT
    if not file.exists():
        raise NothingRuns(f"no run keeps its data in {path}: start one with `adsum up`, or say --data")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def empty_demo_folder(path: Path) -> None:
    """Make `path` an empty folder that a demo may fill; raise `NotOurFolder` to spare a school's data."""
    if path.exists() and any(path.iterdir()):
        if not (path / DEMO_MARKER).exists():
            raise NotOurFolder(f"{path} is not empty and no demo made it: choose an empty folder with --data")
        with DataFolder(path):
            for child in path.iterdir():
                if child.name not in {"lock", DEMO_MARKER}:
                    shutil.rmtree(child) if child.is_dir() else child.unlink()
    path.mkdir(parents=True, exist_ok=True)
    (path / DEMO_MARKER).touch()


def _still_the_same(pid: str, created: str) -> psutil.Process | None:
    try:
        process = psutil.Process(int(pid))
    except psutil.NoSuchProcess:
        return None
    return process if abs(process.create_time() - float(created)) < 1 else None


def _write_private(file: Path, text: str) -> None:
    partial = file.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(text, encoding="utf-8")
    partial.replace(file)
