"""The spool keeps what the camera has to say, through crashes, full disks and jumping clocks."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adsum_camera.adapters.spool import Draft, Spool, SpoolLimits
from adsum_camera.adapters.spool_file import SpoolUnusable
from adsum_contracts.events import CAMERA_EVENT, CommandReply, Heartbeat
from adsum_contracts.ids import CameraId, CommandId, SpoolId

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))


def heartbeat() -> Draft:
    return lambda spool_id, sequence: Heartbeat(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=NOON, state="watching",
        since=NOON, frames=1, frames_dropped=0, faces=0, faces_too_small=0, spool_depth=0,
    )  # fmt: skip


def reply() -> Draft:
    return lambda spool_id, sequence: CommandReply(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=NOON,
        command_id=CommandId(UUID(int=9)), outcome="done",
    )  # fmt: skip


def reopened(spool: Spool, folder: Path) -> Spool:
    spool.close()
    return Spool(folder, CAMERA, KEY)


def test_an_event_carries_its_place_in_the_spool(spool: Spool) -> None:
    sequence = spool.append(reply(), b"jpeg")
    assert sequence is not None
    entry = spool.entry(sequence)
    assert entry is not None
    event = CAMERA_EVENT.validate_json(entry.body)
    assert (event.spool_id, event.sequence, entry.picture) == (spool.id, sequence, b"jpeg")


def test_what_the_server_has_is_forgotten_and_its_sequence_never_used_again(
    spool: Spool, tmp_path: Path
) -> None:
    first, second = spool.append(reply()), spool.append(reply())
    assert first is not None
    assert second is not None
    spool.forget(spool.id, [first, second, 999])
    assert (spool.depth(), spool.entry(first)) == (0, None)
    again = reopened(spool, tmp_path / "spool")
    assert again.append(reply()) == second + 1


def test_another_spools_sequences_mean_nothing(spool: Spool) -> None:
    sequence = spool.append(reply())
    spool.forget(SpoolId(uuid4()), [sequence or 0])
    assert spool.waiting(10) == (sequence,)


def test_a_spool_keeps_its_id_entries_and_state_when_opened_again(spool: Spool, tmp_path: Path) -> None:
    spool.append(reply(), state={"last_command": "5-0"})
    before = spool.id
    again = reopened(spool, tmp_path / "spool")
    assert (again.id, again.depth(), again.state("last_command")) == (before, 1, "5-0")


def test_without_room_the_oldest_heartbeats_go_before_any_face(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", CAMERA, KEY, SpoolLimits(most_bytes=100_000))
    faces = [spool.append(reply(), bytes(9_000)) for _ in range(5)]
    beats = [spool.append(heartbeat(), bytes(2_000)) for _ in range(30)]
    waiting = spool.waiting(100)
    assert set(faces) <= set(waiting)
    assert beats[-1] in waiting
    assert beats[0] not in waiting
    assert spool.dropped == 35 - len(waiting)


def test_without_heartbeats_the_oldest_faces_go(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", CAMERA, KEY, SpoolLimits(most_bytes=100_000))
    faces = [spool.append(reply(), bytes(9_000)) for _ in range(30)]
    waiting = spool.waiting(100)
    assert waiting == tuple(faces[-len(waiting) :])
    assert 1 <= len(waiting) <= 11


def test_a_full_disk_drops_the_event_and_not_the_camera(spool: Spool) -> None:
    kept = spool.append(reply(), bytes(1000))
    spool._file._db.execute("PRAGMA max_page_count = 1")  # SQLite's own way to say that there is no room
    assert spool.append(reply(), bytes(100_000)) is None
    spool.set_state("last_command", "1-0")
    assert spool.dropped >= 1
    assert spool.waiting(10) == (kept,)
    spool._file._db.execute("PRAGMA max_page_count = 100000")
    later = spool.append(reply(), bytes(100_000))
    assert spool.waiting(10) == (kept, later)


def test_a_failing_draft_leaves_nothing_behind(spool: Spool) -> None:
    def broken(spool_id: SpoolId, sequence: int) -> Heartbeat:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spool.append(broken)
    assert spool.depth() == 0
    assert spool.append(reply()) == 1


def test_faces_are_readable_by_their_owner_alone(spool: Spool, tmp_path: Path) -> None:
    spool.append(reply(), b"face")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "spool").iterdir()}
    assert set(modes.values()) == {0o600}
    assert "spool.sqlite-wal" in modes


def test_two_agents_cannot_share_a_spool(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(SpoolUnusable, match="Another camera agent is using"):
        Spool(tmp_path / "spool", CAMERA, KEY)


def test_a_spool_of_another_camera_is_refused(spool: Spool, tmp_path: Path) -> None:
    spool.close()
    with pytest.raises(SpoolUnusable, match="belongs to another camera"):
        Spool(tmp_path / "spool", CameraId(uuid4()), KEY)


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SpoolUnusable, match="cannot be used"):
        Spool(tmp_path / "file" / "spool", CAMERA, KEY)


WRITER = """
import sys, uuid, datetime
from pathlib import Path
from adsum_camera.adapters.spool import Spool
from adsum_contracts.events import CommandReply
at = datetime.datetime(2026, 2, 11, 12, tzinfo=datetime.UTC)
camera = uuid.UUID(int=7)
spool = Spool(Path(sys.argv[1]), camera, bytes(range(32)))
while True:
    sequence = spool.append(
        lambda spool_id, sequence: CommandReply(
            camera_id=camera, spool_id=spool_id, sequence=sequence, captured_at=at,
            command_id=uuid.UUID(int=9), outcome="done",
        ),
        b"x" * 5000,
    )
    print(sequence, flush=True)
"""


def test_what_was_said_to_be_kept_survives_kill_9(tmp_path: Path) -> None:
    """The writer tells each sequence after it was kept; it is killed in the middle of its work, twice."""
    told: list[int] = []
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, env=os.environ
        ) as writer:
            assert writer.stdout is not None
            told += [int(writer.stdout.readline()) for _ in range(50)]
            writer.send_signal(signal.SIGKILL)
            told += [
                int(line) for line in writer.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")
            ]
    spool = Spool(tmp_path, CAMERA, KEY)
    kept = spool.waiting(1_000_000)
    assert set(told) <= set(kept)
    assert len(told) == len(set(told))
    assert len(kept) - len(told) <= 2
    last = spool.entry(kept[-1])
    assert last is not None
    assert CAMERA_EVENT.validate_json(last.body).sequence == kept[-1]


def test_dropped_faces_leave_no_trace_in_the_file(spool: Spool, tmp_path: Path) -> None:
    secret = b"a face that must not linger" * 20
    sequence = spool.append(reply(), secret)
    spool.forget(spool.id, [sequence or 0])
    spool.close()
    assert secret[:27] not in (tmp_path / "spool" / "spool.sqlite").read_bytes()
    with sqlite3.connect(tmp_path / "spool" / "spool.sqlite") as db:
        assert db.execute("SELECT bytes FROM total").fetchone() == (0,)
    db.close()
