"""The spool: what the camera has to say, kept on disk until the server has it.

An event gets its sequence and is on disk in one transaction, before anybody is told of it, so `kill -9`
loses nothing that was said and no sequence is used twice. The spool is bounded in bytes and in age; its
order is that of sequences, never of clocks. See docs/decisions/0004-the-spool.md.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final
from uuid import UUID, uuid4

import structlog

from adsum_camera.adapters.spool_file import SpoolFile, SpoolUnusable
from adsum_contracts.events import CommandReply, EnrolmentSample, FaceCaptured, Heartbeat
from adsum_contracts.ids import CameraId, SpoolId

log = structlog.get_logger()

AnyEvent = FaceCaptured | EnrolmentSample | Heartbeat | CommandReply
Draft = Callable[[SpoolId, int], AnyEvent]
"""Makes the event once its place in the spool is known."""

CLOCK_JUMP_S: Final = 60.0
"""The wall clock jumped when it moved this much more, or less, than the steady one."""


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """What the spool holds at most: bytes of events, and seconds that an event is kept."""

    most_bytes: int = 512 * 1024 * 1024
    longest_s: float = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class SpooledEntry:
    """An event as it goes over the wire."""

    sequence: int
    body: bytes
    picture: bytes


class Spool:
    """One camera's spool in `folder`, safe to use from several threads.

    Raises `SpoolUnusable` when the folder cannot be written, is full, is in use by another agent or
    belongs to another camera. `news` is set when something was appended. `dropped` counts the events
    that were given up, for want of room or for their age.
    """

    def __init__(
        self,
        folder: Path,
        camera_id: CameraId,
        limits: SpoolLimits | None = None,
        *,
        now: Callable[[], float] = time.time,
        steady_now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits or SpoolLimits()
        self._now, self._steady_now = now, steady_now
        self._clocks = (now(), steady_now())
        self._is_full = False
        self.news = Event()
        self.dropped = 0
        self._file = SpoolFile(folder)
        try:
            self.id = SpoolId(UUID(self._first_kept("spool_id", str(uuid4()))))
            owner = self._first_kept("camera_id", str(camera_id))
        except sqlite3.Error as error:
            self._file.close()
            raise SpoolUnusable(f"The spool folder {folder} cannot be used: {error}.") from error
        if owner != str(camera_id):
            self._file.close()
            raise SpoolUnusable(f"The spool folder {folder} belongs to another camera, {owner}.")

    def append(
        self, draft: Draft, picture: bytes = b"", *, state: Mapping[str, str] | None = None
    ) -> int | None:
        """Keep an event, and with it what `state` says, in one transaction; return its sequence.

        Returns `None`, and counts the event as dropped, when the disk is full: the camera goes on.
        """
        try:
            with self._file.transaction() as db:
                sequence = _next_sequence(db)
                event = draft(self.id, sequence)
                _insert(db, event, picture, self._now())
                _set_states(db, state or {})
                dropped = _make_room(db, self._limits.most_bytes)
        except sqlite3.OperationalError as error:
            self._note_full(error)
            self.dropped += 1
            return None
        self._note_room()
        self.dropped += dropped
        self.news.set()
        return sequence

    def waiting(self, most: int) -> tuple[int, ...]:
        """Return the lowest sequences that the server does not have yet, `most` of them at most."""
        rows = self._file.rows("SELECT sequence FROM entries ORDER BY sequence LIMIT ?", most)
        return tuple(int(row[0]) for row in rows)

    def entry(self, sequence: int) -> SpooledEntry | None:
        """Return one entry, or `None` once it is committed or dropped."""
        rows = self._file.rows("SELECT sequence, body, picture FROM entries WHERE sequence = ?", sequence)
        return SpooledEntry(*rows[0]) if rows else None

    def depth(self) -> int:
        """Count the events that the server does not have yet."""
        return int(self._file.rows("SELECT count(*) FROM entries")[0][0])

    def forget(self, spool_id: SpoolId, sequences: Sequence[int]) -> None:
        """Drop what the server has; another spool's sequences mean nothing here."""
        if spool_id == self.id:
            self._write(
                lambda db: db.executemany(
                    "DELETE FROM entries WHERE sequence = ?", [(sequence,) for sequence in sequences]
                )
            )

    def expire(self) -> int:
        """Drop what is older than the limits allow and return how many events that were.

        When the clock jumps, the ages of all entries jump with it: a box whose clock is set right an
        hour after its start has not aged by years.
        """
        now, steady = self._now(), self._steady_now()
        jump = (now - self._clocks[0]) - (steady - self._clocks[1])
        self._clocks = (now, steady)
        if abs(jump) > CLOCK_JUMP_S:
            self._write(lambda db: db.execute("UPDATE entries SET kept_since = kept_since + ?", (jump,)))
        oldest = now - self._limits.longest_s
        gone = self._write(lambda db: db.execute("DELETE FROM entries WHERE kept_since < ?", (oldest,)))
        self.dropped += gone
        return gone

    def state(self, name: str) -> str | None:
        """Return what was last kept under `name`."""
        rows = self._file.rows("SELECT value FROM state WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def set_state(self, name: str, value: str) -> None:
        """Keep `value` under `name`; on a full disk the old value stays."""
        self._write(lambda db: _set_states(db, {name: value}))

    def close(self) -> None:
        """Let go of the file and of the folder."""
        self._file.close()

    def _write(self, change: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> int:
        """Make one change and return how many rows it met: none when the disk is full."""
        try:
            with self._file.transaction() as db:
                return change(db).rowcount
        except sqlite3.OperationalError as error:
            self._note_full(error)
            return 0

    def _first_kept(self, name: str, value: str) -> str:
        with self._file.transaction() as db:
            db.execute("INSERT INTO state VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value))
            return str(db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()[0])

    def _note_full(self, error: sqlite3.OperationalError) -> None:
        if not self._is_full:
            log.error("spool_cannot_write", reason=str(error), hint="free room on the spool's disk")
        self._is_full = True

    def _note_room(self) -> None:
        if self._is_full:
            log.info("spool_writes_again", dropped=self.dropped)
        self._is_full = False


def _next_sequence(db: sqlite3.Connection) -> int:
    """SQLite remembers the highest sequence ever used, also when its row is gone."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
    return int(row[0]) + 1 if row else 1


def _insert(db: sqlite3.Connection, event: AnyEvent, picture: bytes, kept_since: float) -> None:
    body = event.model_dump_json().encode()
    db.execute(
        "INSERT INTO entries (sequence, kind, bytes, kept_since, body, picture) VALUES (?, ?, ?, ?, ?, ?)",
        (event.sequence, event.type, len(body) + len(picture), kept_since, body, picture),
    )


def _set_states(db: sqlite3.Connection, states: Mapping[str, str]) -> sqlite3.Cursor:
    return db.executemany(
        "INSERT INTO state VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        list(states.items()),
    )


def _make_room(db: sqlite3.Connection, most_bytes: int) -> int:
    """Drop the oldest heartbeats, then the oldest of the rest, and return how many events that were."""
    dropped = 0
    for which in ("kind = 'heartbeat'", "kind <> 'heartbeat'"):
        oldest = f"SELECT sequence FROM entries WHERE {which} ORDER BY sequence LIMIT 10"  # noqa: S608 - ours
        while db.execute("SELECT bytes FROM total").fetchone()[0] > most_bytes:
            gone = db.execute(f"DELETE FROM entries WHERE sequence IN ({oldest})").rowcount  # noqa: S608
            dropped += gone
            if gone == 0:
                break
    return dropped
