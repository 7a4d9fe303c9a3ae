"""The entries in the spool's file: sealed one by one, each for its own place; and room made for new ones.

Every function works in the transaction that it is given.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import Final

from adsum_camera.adapters.spool_seal import Seal
from adsum_camera.condensing import condensed
from adsum_camera.worth import Kept, going
from adsum_contracts.events import CAMERA_EVENT, CommandReply, EnrolmentSample, FaceCaptured, Heartbeat

AnyEvent = FaceCaptured | EnrolmentSample | Heartbeat | CommandReply

LENGTH_BYTES: Final = 4
BEATS_AT_ONCE: Final = 60
"""Heartbeats condensed in one go: five minutes of them, so that no frame waits long for it."""
LEFT_FULL: Final = 0.95
"""How full a spool is left when entries had to go, so that not every new one makes it look for more."""


@dataclass(frozen=True, slots=True)
class SpooledEntry:
    """An event as it goes over the wire."""

    sequence: int
    body: bytes
    picture: bytes


@dataclass(frozen=True, slots=True)
class RoomMade:
    """Events given up, by kind, and heartbeats that were joined to others."""

    dropped: Counter[str]
    condensed: int


def next_sequence(db: sqlite3.Connection) -> int:
    """Return the next one; SQLite remembers the highest ever used, also when its row is gone."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
    return int(row[0]) + 1 if row else 1


def insert(
    db: sqlite3.Connection, seal: Seal, event: AnyEvent, picture: bytes, kept_since: float, *, named: bool
) -> None:
    """Keep the event; beside what is sealed stands only what `worth` needs: no time, no face, no name."""
    track, quality = None, 0.0
    if isinstance(event, FaceCaptured):
        track, quality = event.track_id.bytes, event.face.quality
    sealed = _sealed(seal, event, picture)
    db.execute(
        "INSERT INTO entries (sequence, kind, bytes, kept_since, track, quality, named, sealed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (event.sequence, event.type, len(sealed), kept_since, track, quality, named, sealed),
    )


def opened(seal: Seal, sequence: int, sealed: bytes) -> SpooledEntry:
    """Return the entry; raise `SealBroken`."""
    content = seal.open(sealed, _place(sequence))
    end = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "big")
    return SpooledEntry(sequence, content[LENGTH_BYTES:end], content[end:])


def remove(db: sqlite3.Connection, sequences: list[int]) -> int:
    """Delete the entries and return how many there were."""
    return db.executemany("DELETE FROM entries WHERE sequence = ?", [(each,) for each in sequences]).rowcount


def count_dropped(db: sqlite3.Connection, dropped: Counter[str]) -> None:
    """Remember for ever how many events of each kind were given up."""
    db.executemany(
        "INSERT INTO dropped VALUES (?, ?)"
        " ON CONFLICT (kind) DO UPDATE SET events = events + excluded.events",
        list(dropped.items()),
    )


def make_room(db: sqlite3.Connection, seal: Seal, most_bytes: int, handed_out: int) -> RoomMade:
    """Bring the spool under its bound: join heartbeats first, then give up what is worth least.

    An entry up to `handed_out` may be at the server by now: what its sequence names must not change.
    """
    joined = 0
    while _total_bytes(db) > most_bytes:
        fewer = _condense(db, seal, handed_out)
        if fewer is None:
            break
        joined += fewer
    if _total_bytes(db) <= most_bytes:
        return RoomMade(Counter(), joined)
    gone = going(_all_kept(db), int(LEFT_FULL * most_bytes))
    remove(db, [entry.sequence for entry in gone])
    dropped = Counter(entry.kind for entry in gone)
    count_dropped(db, dropped)
    return RoomMade(dropped, joined)


def _condense(db: sqlite3.Connection, seal: Seal, handed_out: int) -> int | None:
    """Join the oldest heartbeats that were not joined yet and return how many fewer there are.

    Returns `None` when there are too few to be worth it.
    """
    rows = db.execute(
        "SELECT sequence, sealed FROM entries WHERE kind = 'heartbeat' AND condensed = 0 AND sequence > ?"
        " ORDER BY sequence LIMIT ?",
        (handed_out, BEATS_AT_ONCE),
    ).fetchall()
    if len(rows) < BEATS_AT_ONCE:
        return None
    beats = (CAMERA_EVENT.validate_json(opened(seal, *row).body) for row in rows)
    runs = condensed(beat for beat in beats if isinstance(beat, Heartbeat))
    for run in runs:
        sealed = _sealed(seal, run, b"")
        db.execute(
            "UPDATE entries SET condensed = 1, bytes = ?, sealed = ? WHERE sequence = ?",
            (len(sealed), sealed, run.sequence),
        )
    left = {run.sequence for run in runs}
    return remove(db, [sequence for sequence, _ in rows if sequence not in left])


def _all_kept(db: sqlite3.Connection) -> list[Kept]:
    rows = db.execute("SELECT sequence, kind, bytes, track, quality, named FROM entries")
    return [
        Kept(sequence, kind, size, track, quality, bool(named))
        for sequence, kind, size, track, quality, named in rows
    ]


def _total_bytes(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT bytes FROM total").fetchone()[0])


def _sealed(seal: Seal, event: AnyEvent, picture: bytes) -> bytes:
    body = event.model_dump_json().encode()
    return seal.close(len(body).to_bytes(LENGTH_BYTES, "big") + body + picture, _place(event.sequence))


def _place(sequence: int) -> bytes:
    return b"entry %d" % sequence
