"""The SQLite file under the spool: opened by one agent at a time, written in transactions."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

from adsum_camera.errors import CameraAgentError

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


class SpoolUnusable(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The spool's folder or file cannot be used."""


class SpoolFile:
    """The open file in `folder`, for all threads of one agent; raises `SpoolUnusable`."""

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
            self._db = _opened(folder / "spool.sqlite")
            self._journal = os.open(folder / "spool.sqlite-wal", os.O_RDONLY | os.O_CLOEXEC)
        except (OSError, sqlite3.Error, SpoolUnusable) as error:
            os.close(self._folder_lock)
            raise error if isinstance(error, SpoolUnusable) else _unusable(folder, error) from error
        self._one_thread = Lock()
        self._sync_failed = False

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all of it or nothing; when this returns, `kill -9` cannot undo it. Raises `OperationalError`."""
        with self._one_thread:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk makes SQLite roll back by itself
                    self._db.execute("ROLLBACK")
                raise

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._one_thread:
            return self._db.execute(query, values).fetchall()

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

    def close(self) -> None:
        """Let go of the file and of the folder."""
        with self._one_thread:
            self._db.close()
            os.close(self._journal)
            os.close(self._folder_lock)


def _unusable(folder: Path, error: Exception) -> SpoolUnusable:
    return SpoolUnusable(f"The spool folder {folder} cannot be used: {error}.")


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
