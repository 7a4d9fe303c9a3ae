"""Whoever takes the box, or its card, reads nothing in the spool."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from adsum_camera.adapters.spool import Draft, Spool
from adsum_camera.adapters.spool_file import SpoolUnusable
from adsum_contracts.events import CommandReply
from adsum_contracts.ids import CameraId, CommandId

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
COMMAND = CommandId(UUID(int=0x5EC2E7))
FACE = b"\xff\xd8\xff\xe0 a face that nobody else may see"


def reply() -> Draft:
    return lambda spool_id, sequence: CommandReply(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=NOON,
        command_id=COMMAND, outcome="failed", reason="two_faces",
    )  # fmt: skip


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_nothing_that_was_said_can_be_read_in_any_file(spool: Spool, tmp_path: Path) -> None:
    for _ in range(3):
        spool.append(reply(), FACE * 50, state={"playback": "a secret of the state"})
    kept = on_disk(tmp_path / "spool")
    assert len(kept) > 3 * len(FACE) * 50
    readable = (FACE[-20:], b"two_faces", b"failed", str(COMMAND).encode(), b"2026-02-11", b"a secret", KEY)
    assert [words for words in readable if words in kept] == []
    spool.close()
    assert [words for words in readable if words in on_disk(tmp_path / "spool")] == []


def test_another_key_is_told_in_a_sentence(spool: Spool, tmp_path: Path) -> None:
    spool.close()
    with pytest.raises(SpoolUnusable, match=r"was sealed with another key: give the agent the key"):
        Spool(tmp_path / "spool", CAMERA, bytes(32))
    assert Spool(tmp_path / "spool", CAMERA, KEY).id == spool.id


def test_an_entry_moved_to_another_place_or_changed_is_dropped_and_counted(
    spool: Spool, tmp_path: Path
) -> None:
    for picture in (b"one", b"two", b"three"):
        spool.append(reply(), picture)
    with sqlite3.connect(tmp_path / "spool" / "spool.sqlite") as db:
        db.execute(
            "UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE sequence = 1) WHERE sequence = 2"
        )
        db.execute("UPDATE entries SET sealed = zeroblob(10) WHERE sequence = 3")
    db.close()
    first = spool.entry(1)
    assert first is not None
    assert first.picture == b"one"
    assert (spool.entry(2), spool.entry(3)) == (None, None)
    assert (spool.waiting(10), spool.dropped_by_kind) == ((1,), {"command_reply": 2})


def test_a_state_that_cannot_be_read_is_as_good_as_none(spool: Spool, tmp_path: Path) -> None:
    spool.set_state("playback", "here")
    with sqlite3.connect(tmp_path / "spool" / "spool.sqlite") as db:
        db.execute("UPDATE state SET sealed = zeroblob(40)")
    db.close()
    assert spool.state("playback") is None


def test_a_file_of_the_first_format_is_told_in_a_sentence(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "spool.sqlite") as db:
        db.execute(
            "CREATE TABLE entries (sequence INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB, picture BLOB)"
        )
    db.close()
    for _ in range(2):  # the second time the folder must be free again
        with pytest.raises(
            SpoolUnusable, match=r"made by another version of Adsum \(format 1, this one writes 2\)"
        ):
            Spool(tmp_path, CAMERA, KEY)
