"""The spool: what the camera has to say, kept sealed on disk until the server has it.

An event gets its sequence and is in the file in one transaction, before anybody is told of it, so `kill -9`
loses nothing that was said and no sequence is used twice. The spool is bounded in bytes and in age; its
order is that of sequences, never of clocks. See docs/decisions/0004-the-spool.md and
0017-nothing-is-lost.md.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

import structlog

from adsum_camera.adapters.spool_age import AGING, Aging, SpoolClock, follow
from adsum_camera.adapters.spool_entries import (
    AnyEvent,
    RoomMade,
    SpooledEntry,
    count_dropped,
    insert,
    make_room,
    next_sequence,
    opened,
    remove,
)
from adsum_camera.adapters.spool_file import SpoolBroken, SpoolFile, SpoolUnusable
from adsum_camera.adapters.spool_identity import identified, state_place
from adsum_camera.adapters.spool_seal import SealBroken
from adsum_contracts.ids import CameraId, SpoolId, TrackId

log = structlog.get_logger()

Draft = Callable[[SpoolId, int], AnyEvent]
"""Makes the event once its place in the spool is known."""

NAMES_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """What the spool holds at most: bytes of sealed events, and seconds that an event is kept.

    `sync_s`: seconds of events that a power cut may cost, where the server had not got them; with 0 every
    event waits for the disk.
    """

    most_bytes: int = 512 * 1024 * 1024
    longest_s: float = 24 * 3600.0
    sync_s: float = 1.0


class Spool:
    """One camera's spool in `folder`, sealed with the camera's `key`; safe to use from several threads.

    Raises `SpoolUnusable` when the folder cannot be written, is full, is in use by another agent, belongs
    to another camera or was sealed with another key. Every method but `close` raises `SpoolBroken` once the
    file turns out to be damaged: open the spool again, and it is a new one. `news` is set when something
    was appended.
    """

    def __init__(
        self,
        folder: Path,
        camera_id: CameraId,
        key: bytes,
        limits: SpoolLimits | None = None,
        clock: SpoolClock | None = None,
    ) -> None:
        self._limits = limits or SpoolLimits()
        self._clock = clock or SpoolClock()
        self._synced, self._synced_at = (
            0,
            self._clock.steady(),
        )  # what is found may be in the page cache alone
        self._named: dict[TrackId, None] = {}
        self._unwritten: Counter[str] = Counter()
        self.is_full = self._cannot_sync = False
        self.syncs_failed = 0
        self.heartbeats_joined = 0
        self.news = Event()
        try:
            self._open(folder, camera_id, key)
        except SpoolBroken:
            self._open(folder, camera_id, key)

    def _open(self, folder: Path, camera_id: CameraId, key: bytes) -> None:
        """Open the file and read each of its small tables, so that damage there is noticed now."""
        self._file = SpoolFile(folder)
        try:
            self.id, self._seal = identified(self._file, camera_id, key)
            self._dropped = Counter(dict(self._file.rows("SELECT kind, events FROM dropped")))
            self._handed_out = self._last_sequence()  # they may have been sent before
            self._aging = Aging.resumed(self.state(AGING), self._clock, self._handed_out + 1)
            self.set_state(AGING, self._aging.to_text())
            self._file.rows("SELECT bytes, events, sealed FROM total LEFT JOIN state")
        except sqlite3.Error as error:
            self._file.close()
            raise SpoolUnusable(f"The spool folder {folder} cannot be used: {error}.") from error
        except SpoolUnusable:
            self._file.close()
            raise

    def append(
        self, draft: Draft, picture: bytes = b"", *, state: Mapping[str, str] | None = None
    ) -> int | None:
        """Keep an event, and with it what `state` says, in one transaction; return its sequence.

        Returns `None`, and counts the event as dropped, when the disk is full: the camera goes on. In a
        full spool an event that is worth less than all others is given up at once, and counted as well.
        """
        try:
            with self._file.transaction() as db:
                event = draft(self.id, next_sequence(db))
                named = getattr(event, "track_id", None) in self._named
                insert(db, self._seal, event, picture, self._aging.now(self._clock), named=named)
                self._set_states(db, state or {})
                count_dropped(db, self._unwritten)
                made = make_room(db, self._seal, self._limits.most_bytes, self._handed_out)
        except sqlite3.OperationalError as error:
            self._note_full(error)
            self._unwritten[draft(self.id, 0).type] += 1
            return None
        self._note_room(made)
        if self._clock.steady() - self._synced_at >= self._limits.sync_s:
            self.sync()
        self.news.set()
        return event.sequence

    def waiting(self, most: int) -> tuple[int, ...]:
        """Return the lowest sequences that the server does not have yet, `most` of them at most."""
        rows = self._file.rows("SELECT sequence FROM entries ORDER BY sequence LIMIT ?", most)
        return tuple(int(row[0]) for row in rows)

    def entry(self, sequence: int) -> SpooledEntry | None:
        """Return one entry for sending, or `None` once it is committed or dropped.

        From now on it stays as it is; `sync` before it is sent.
        """
        self._handed_out = max(self._handed_out, sequence)
        rows = self._file.rows("SELECT sealed FROM entries WHERE sequence = ?", sequence)
        try:
            return opened(self._seal, sequence, rows[0][0]) if rows else None
        except SealBroken:
            log.error("spool_entry_unreadable", sequence=sequence, hint="the spool's disk may be failing")
            self._drop("sequence = ?", sequence)
            return None

    def sync(self) -> bool:
        """Return when a power cut cannot take what was appended so far: `False` when the disk refuses.

        Nothing may be sent before: a sequence that the server has seen and the disk has not would be given
        to another event after a power cut, and the server would take that one for a copy.
        """
        last, now = self._last_sequence(), self._clock.steady()
        if last == self._synced:
            return True
        try:
            self._file.sync()
        except OSError as error:
            if not self._cannot_sync:
                log.error(
                    "spool_cannot_sync", reason=str(error), hint="nothing is sent: see the spool's disk"
                )
            self._cannot_sync = True
            self.syncs_failed += 1
            return False
        self._synced, self._synced_at = last, now
        self._cannot_sync = False
        return True

    @property
    def writes(self) -> bool:
        """Whether the disk took what it was given last, for good."""
        return not self.is_full and not self._cannot_sync

    def depth(self) -> int:
        """Count the events that the server does not have yet."""
        return int(self._file.rows("SELECT events FROM total")[0][0])

    def stored_bytes(self) -> int:
        """Return how many bytes of sealed events there are."""
        return int(self._file.rows("SELECT bytes FROM total")[0][0])

    @property
    def dropped(self) -> int:
        """The events that were given up since the spool was made, for want of room or for their age."""
        return self.dropped_by_kind.total()

    @property
    def dropped_by_kind(self) -> Counter[str]:
        """The same, by the kind of event."""
        return self._dropped + self._unwritten

    def forget(self, spool_id: SpoolId, sequences: Sequence[int]) -> None:
        """Drop what the server has; another spool's sequences mean nothing here."""
        if spool_id == self.id:
            self._write(lambda db: remove(db, list(sequences)))

    def named(self, track_id: TrackId) -> None:
        """Note that a track has its name: its crops, those to come as well, are worth less from now on."""
        self._named[track_id] = None
        if len(self._named) > NAMES_REMEMBERED:
            del self._named[next(iter(self._named))]
        self._write(
            lambda db: db.execute("UPDATE entries SET named = 1 WHERE track = ?", (track_id.bytes,)).rowcount
        )

    def expire(self) -> int:
        """Drop what is older than the limits allow and return how many events that were.

        When the hour jumps, entries since the machine's start jump with it: a box whose clock is set right
        an hour after its start has not aged by years. Those of earlier starts wait until the server has
        confirmed the hour.
        """
        self._follow_the_hour()
        self._file.forget_set_aside(self._limits.longest_s)
        oldest = self._aging.now(self._clock) - self._limits.longest_s
        return self._drop("kept_since < ? AND sequence >= ?", oldest, self._aging.first_to_age)

    def state(self, name: str) -> str | None:
        """Return what was last kept under `name`; nothing where it cannot be read."""
        rows = self._file.rows("SELECT sealed FROM state WHERE name = ?", name)
        try:
            return self._seal.open(rows[0][0], state_place(name)).decode() if rows else None
        except SealBroken:
            log.error("spool_state_unreadable", name=name, hint="the spool's disk may be failing")
            return None

    def set_state(self, name: str, value: str) -> None:
        """Keep `value` under `name`; on a full disk the old value stays."""
        self._write(lambda db: self._set_states(db, {name: value}))

    def close(self) -> None:
        """Let go of the file and of the folder."""
        with closing(self._file), suppress(SpoolBroken):
            self.sync()

    def _follow_the_hour(self) -> None:
        before, after = self._aging, self._aging.followed(self._clock)

        def change(db: sqlite3.Connection) -> int:
            follow(db, before, after, after.now(self._clock))
            return self._set_states(db, {AGING: after.to_text()})

        if after != before and self._write(change):
            self._aging = after

    def _set_states(self, db: sqlite3.Connection, states: Mapping[str, str]) -> int:
        return db.executemany(
            "INSERT INTO state VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
            [(name, self._seal.close(value.encode(), state_place(name))) for name, value in states.items()],
        ).rowcount

    def _drop(self, which: str, *values: float) -> int:
        """Give up the entries of which the condition holds; counted by kind."""
        dropped: Counter[str] = Counter()

        def drop(db: sqlite3.Connection) -> int:
            rows = db.execute(f"DELETE FROM entries WHERE {which} RETURNING kind", values)  # noqa: S608 - ours
            dropped.update(str(row[0]) for row in rows.fetchall())
            count_dropped(db, dropped)
            return dropped.total()

        gone = self._write(drop)
        self._dropped += dropped if gone else Counter()
        return gone

    def _write(self, change: Callable[[sqlite3.Connection], int]) -> int:
        """Make one change and return how many rows it met: none when the disk is full."""
        try:
            with self._file.transaction() as db:
                return change(db)
        except sqlite3.OperationalError as error:
            self._note_full(error)
            return 0

    def _last_sequence(self) -> int:
        rows = self._file.rows("SELECT seq FROM sqlite_sequence WHERE name = 'entries'")
        return int(rows[0][0]) if rows else 0

    def _note_full(self, error: Exception) -> None:
        if not self.is_full:
            log.error("spool_cannot_write", reason=str(error), hint="free room on the spool's disk")
        self.is_full = True

    def _note_room(self, made: RoomMade) -> None:
        self._dropped += self._unwritten + made.dropped
        self._unwritten = Counter()
        self.heartbeats_joined += made.condensed
        if self.is_full:
            log.info("spool_writes_again", dropped=self.dropped)
        self.is_full = False
