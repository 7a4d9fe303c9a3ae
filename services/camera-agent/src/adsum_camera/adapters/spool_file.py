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

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    kept_since REAL NOT NULL,
    body BLOB NOT NULL,
    picture BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_kind ON entries (kind, sequence);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS total (bytes INTEGER NOT NULL);
INSERT INTO total SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM total);
CREATE TRIGGER IF NOT EXISTS entry_added AFTER INSERT ON entries
    BEGIN UPDATE total SET bytes = bytes + new.bytes; END;
CREATE TRIGGER IF NOT EXISTS entry_gone AFTER DELETE ON entries
    BEGIN UPDATE total SET bytes = bytes - old.bytes; END;
"""

PRAGMAS: Final = (
    "journal_mode = WAL",
    # A few writes a second at most: each may wait for the disk, so that a power cut loses nothing either.
    "synchronous = FULL",
    # Faces that were dropped or committed are overwritten, not only unlinked.
    "secure_delete = ON",
    "auto_vacuum = INCREMENTAL",
)


class SpoolUnusable(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The spool's folder or file cannot be used."""


class SpoolFile:
    """The open file in `folder`, for all threads of one agent; raises `SpoolUnusable`."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._folder_lock = _locked(folder)
            self._db = _opened(folder / "spool.sqlite")
        except BlockingIOError:
            raise SpoolUnusable(f"Another camera agent is using the spool folder {folder}.") from None
        except (OSError, sqlite3.Error) as error:
            raise SpoolUnusable(f"The spool folder {folder} cannot be used: {error}.") from error
        self._one_thread = Lock()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all of it, on disk before this returns, or nothing; raises `sqlite3.OperationalError`."""
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

    def close(self) -> None:
        """Let go of the file and of the folder."""
        with self._one_thread:
            self._db.close()
            os.close(self._folder_lock)


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
        for pragma in reversed(PRAGMAS):  # auto_vacuum must come before the file's first page
            db.execute(f"PRAGMA {pragma}").fetchall()
        db.executescript(SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db
