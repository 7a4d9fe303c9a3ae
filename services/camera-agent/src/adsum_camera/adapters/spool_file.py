"""The SQLite file under the spool: opened by one agent at a time, written in transactions.

A file that turns out to be damaged is set aside as `spool.broken-1.sqlite` and so on, and the next opening
begins a new one: no camera stops for good because of a bad card.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

import structlog

from adsum_camera.errors import CameraAgentError

log = structlog.get_logger()

VERSION: Final = 2
"""The first one did not seal what it kept."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS identity (spool_id TEXT NOT NULL, camera_id TEXT NOT NULL, proof BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    kept_since REAL NOT NULL,
    track BLOB,
    quality REAL NOT NULL,
    named INTEGER NOT NULL,
    condensed INTEGER NOT NULL DEFAULT 0,
    sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_uncondensed ON entries (kind, sequence) WHERE condensed = 0;
CREATE INDEX IF NOT EXISTS entries_track ON entries (track) WHERE track IS NOT NULL;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS dropped (kind TEXT PRIMARY KEY, events INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS total (bytes INTEGER NOT NULL, events INTEGER NOT NULL);
INSERT INTO total SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM total);
CREATE TRIGGER IF NOT EXISTS entry_added AFTER INSERT ON entries
    BEGIN UPDATE total SET bytes = bytes + new.bytes, events = events + 1; END;
CREATE TRIGGER IF NOT EXISTS entry_changed AFTER UPDATE OF bytes ON entries
    BEGIN UPDATE total SET bytes = bytes - old.bytes + new.bytes; END;
CREATE TRIGGER IF NOT EXISTS entry_gone AFTER DELETE ON entries
    BEGIN UPDATE total SET bytes = bytes - old.bytes, events = events - 1; END;
"""

PRAGMAS: Final = (
    "journal_mode = WAL",
    # A commit does not wait for the disk: `SpoolFile.sync` says when it must have reached it.
    "synchronous = NORMAL",
    # Faces that were dropped or committed are overwritten, not only unlinked.
    "secure_delete = ON",
    "auto_vacuum = INCREMENTAL",
)


NAME: Final = "spool.sqlite"
SET_ASIDE: Final = "spool.broken-{}.sqlite"
BESIDE: Final = ("", "-wal", "-shm")
"""What SQLite adds to the file's name for what it keeps beside it."""


class SpoolUnusable(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The spool's folder or file cannot be used."""


class SpoolBroken(SpoolUnusable):
    """The spool's file is damaged and was set aside: opening the spool again begins a new one."""


class SpoolFile:
    """The open file in `folder`, for all threads of one agent.

    Raises `SpoolUnusable`, and everything but `close` raises `SpoolBroken` once the file is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._folder_lock = _locked(folder)
        except BlockingIOError:
            raise SpoolUnusable(f"Another camera agent is using the spool folder {folder}.") from None
        except OSError as error:
            raise _unusable(folder, error) from error
        try:
            self._db = _opened(folder / NAME)
            self._journal = os.open(folder / f"{NAME}-wal", os.O_RDONLY | os.O_CLOEXEC)
        except (OSError, sqlite3.Error, SpoolUnusable) as error:
            broken = _set_aside(folder, error) if _is_damage(error) else None
            os.close(self._folder_lock)
            raise broken or (
                error if isinstance(error, SpoolUnusable) else _unusable(folder, error)
            ) from error
        self._broken: SpoolUnusable | None = None
        self._one_thread = Lock()
        self._sync_failed = False

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all of it or nothing; when this returns, `kill -9` cannot undo it. Raises `OperationalError`."""
        with self._sound() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk makes SQLite roll back by itself
                    db.execute("ROLLBACK")
                raise

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._sound() as db:
            return db.execute(query, values).fetchall()

    def sync(self) -> None:
        """Return when a power cut cannot undo what was committed before; raises `OSError`.

        SQLite does the same when it moves its journal into the file; the journal alone is enough for it
        to find every commit again. After an fsync that failed, the kernel may hold pages for written that
        are not, and the next fsync says nothing of them: then everything is written anew, into the file.
        """
        try:
            if self._sync_failed:
                self._checkpoint()
            else:
                os.fsync(self._journal)
        except OSError:
            self._sync_failed = True
            raise
        self._sync_failed = False

    def _checkpoint(self) -> None:
        try:
            ((busy, _, _),) = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:
            raise OSError(str(error)) from error
        if busy:
            raise OSError("the spool's journal is being read")

    def set_aside(self) -> list[Path]:
        """Return the damaged files in the folder."""
        return sorted(self.folder.glob(SET_ASIDE.format("*")))

    def forget_set_aside(self, longest_s: float) -> None:
        """Delete what was set aside so long ago; the clock may have jumped either way."""
        for path in self.set_aside():
            with suppress(OSError):
                if abs(time.time() - path.stat().st_mtime) > longest_s:
                    _each_beside(path, Path.unlink)

    @contextmanager
    def _sound(self) -> Iterator[sqlite3.Connection]:
        """Hold the file, and set it aside when it turns out to be damaged."""
        with self._one_thread:
            if self._broken is not None:
                raise self._broken
            try:
                yield self._db
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._db.close()
                self._broken = _set_aside(self.folder, error)
                raise self._broken from error

    def close(self) -> None:
        """Let go of the file and of the folder."""
        with self._one_thread:
            self._db.close()
            os.close(self._journal)
            os.close(self._folder_lock)


def _unusable(folder: Path, error: Exception) -> SpoolUnusable:
    return SpoolUnusable(f"The spool folder {folder} cannot be used: {error}.")


def _is_damage(error: Exception) -> bool:
    """Whether SQLite says so: in a sound file we break no constraint either."""
    return type(error) in (sqlite3.DatabaseError, sqlite3.IntegrityError)


def _set_aside(folder: Path, damage: Exception) -> SpoolUnusable:
    """Rename the file, which nobody has open, and return what is to be raised of it."""
    number = 1
    while (folder / SET_ASIDE.format(number)).exists():
        number += 1
    aside = folder / SET_ASIDE.format(number)
    try:
        _each_beside(
            folder / NAME, lambda path: path.rename(path.with_name(path.name.replace(NAME, aside.name)))
        )
        os.utime(aside)
    except OSError as error:
        return _unusable(folder, error)
    log.error("spool_broken", reason=str(damage), kept_as=str(aside), hint="the spool's disk may be failing")
    return SpoolBroken(f"The spool in {folder} is damaged ({damage}): it was set aside as {aside.name}.")


def _each_beside(path: Path, do: Callable[[Path], object]) -> None:
    for each in (path.with_name(path.name + suffix) for suffix in BESIDE):
        if each.exists():
            do(each)


def _locked(folder: Path) -> int:
    """Hold the folder for as long as this process lives, however it ends."""
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _opened(path: Path) -> sqlite3.Connection:
    """Open or make the file, readable by its owner alone (SQLite gives its journals the same mode)."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        _refuse_another_version(db, path.parent)
        for pragma in reversed(PRAGMAS):  # auto_vacuum must come before the file's first page
            db.execute(f"PRAGMA {pragma}").fetchall()
        db.executescript(SCHEMA)
        db.execute(f"PRAGMA user_version = {VERSION}")
    except (sqlite3.Error, SpoolUnusable):
        db.close()
        raise
    return db


def _refuse_another_version(db: sqlite3.Connection, folder: Path) -> None:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version == VERSION or not db.execute("SELECT 1 FROM sqlite_schema").fetchone():
        return
    raise SpoolUnusable(
        f"The spool folder {folder} was made by another version of Adsum (format {version or 1}, this one "
        f"writes {VERSION}): let that version send what is in it, or move the folder away."
    )
