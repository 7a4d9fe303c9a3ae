"""The network, the power and the process go; what was spooled gets to the server once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from uuid import UUID

import pytest
import redis
from structlog.testing import capture_logs

from adsum_camera.adapters import spool_file
from adsum_camera.adapters.commands import CommandReader
from adsum_camera.adapters.publisher import Publisher
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Draft, Spool, SpoolLimits
from adsum_camera.adapters.spool_age import SpoolClock
from adsum_camera.credentials import Credentials
from adsum_contracts.events import CAMERA_EVENT, FaceCaptured, Heartbeat
from adsum_contracts.face import Box, FaceCrop
from adsum_contracts.ids import CameraId, TrackId
from adsum_local.ports import free_port

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
BOX = Box(x=0, y=0, width=160, height=160)
FACE = FaceCrop(width=160, height=160, box=BOX, landmarks=((1, 1),) * 5, detector_score=0.99, quality=0.8)
STUDENTS = 30


def beat(at: datetime) -> Draft:
    return lambda spool_id, sequence: Heartbeat(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=at, state="watching",
        since=at - timedelta(seconds=5), frames=25, frames_dropped=0, faces=0, faces_too_small=0,
        spool_depth=0,
    )  # fmt: skip


def crop(student: int, at: datetime) -> Draft:
    return lambda spool_id, sequence: FaceCaptured(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=at, face=FACE, frame_box=BOX,
        track_id=TrackId(UUID(int=student)), track_started_at=NOON, frame_width=1920, frame_height=1080,
    )  # fmt: skip


@pytest.fixture
def client(ingress_url: str) -> Iterator[redis.Redis]:
    with connected(ingress_url) as client:
        yield client


def test_an_hour_without_a_server_costs_the_register_nothing(
    tmp_path: Path, client: redis.Redis, clock: Callable[..., Any], confirming_server: Callable[..., Any]
) -> None:
    """A lesson of an hour, a heartbeat every five seconds and a crop of every student each five minutes."""
    hand = clock(NOON)
    spool = Spool(tmp_path, CAMERA, KEY, clock=SpoolClock(hand.seconds_since_1970, hand.steady))
    with connected(f"redis://127.0.0.1:{free_port()}/0") as nobody:
        away = Publisher(spool, nobody, CAMERA, Credentials.of_key(KEY), hand)
        for second in range(0, 3600, 5):
            spool.append(beat(hand.at))
            if second % 300 == 0:
                for student in range(STUDENTS):
                    spool.append(crop(student, hand.at), b"jpeg of %d" % student)
            if second % 600 == 0:
                with pytest.raises(redis.ConnectionError):
                    away.publish_due()
            hand.pass_s(5)
            spool.expire()
    said = spool.depth()
    assert (said, spool.dropped) == (720 + 12 * STUDENTS, 0)
    server = confirming_server(client)
    reader = CommandReader(spool, client, CAMERA, Credentials.of_key(KEY), hand, SimpleQueue())
    back = Publisher(spool, client, CAMERA, Credentials.of_key(KEY), hand)
    while spool.depth():
        back.publish_due()
        server.take()
        reader.read_once(block_ms=1)
    assert (server.faults, server.order) == ([], sorted(server.order))
    assert len(server.order) == len(server.kept) == said
    events = [CAMERA_EVENT.validate_json(body) for body, _ in server.kept.values()]
    beats = [event for event in events if isinstance(event, Heartbeat)]
    watched = sum((event.captured_at - event.since for event in beats), timedelta())
    crops = [event.track_id.int for event in events if isinstance(event, FaceCaptured)]
    assert watched == timedelta(hours=1)
    assert {student: crops.count(student) for student in crops} == dict.fromkeys(range(STUDENTS), 12)


def copied_without_what_was_not_synced(folder: Path, to: Path, journal_bytes: int) -> None:
    """What a power cut leaves at worst: the journal ends where it was when it was last synced."""
    shutil.copytree(folder, to)
    with (to / "spool.sqlite-wal").open("r+b") as journal:
        journal.truncate(journal_bytes)
    (to / "spool.sqlite-shm").unlink()


def test_a_power_cut_costs_what_was_not_synced_and_nothing_else(
    tmp_path: Path, clock: Callable[..., object]
) -> None:
    hand = clock(NOON)
    spool = Spool(tmp_path / "spool", CAMERA, KEY, SpoolLimits(sync_s=10), SpoolClock(steady=hand.steady))
    synced, journal_bytes = 0, 0
    for _ in range(25):
        sequence = spool.append(beat(hand.at))
        if sequence is not None and spool._synced == sequence:
            synced = sequence
            journal_bytes = (tmp_path / "spool" / "spool.sqlite-wal").stat().st_size
        hand.pass_s(1)
    copied_without_what_was_not_synced(tmp_path / "spool", tmp_path / "after", journal_bytes)
    after = Spool(tmp_path / "after", CAMERA, KEY)
    assert synced == 21
    assert after.waiting(100) == tuple(range(1, synced + 1))


def test_nothing_is_sent_before_the_disk_has_it(
    tmp_path: Path, client: redis.Redis, clock: Callable[..., object]
) -> None:
    """Else a power cut would give a sequence that the server has seen to another event."""
    hand = clock(NOON)
    spool = Spool(tmp_path / "spool", CAMERA, KEY, SpoolLimits(sync_s=3600), SpoolClock(steady=hand.steady))
    for _ in range(5):
        spool.append(beat(hand.at))
    assert spool._synced == 0
    Publisher(spool, client, CAMERA, Credentials.of_key(KEY), hand).publish_due()
    assert spool._synced == 5
    journal_bytes = (tmp_path / "spool" / "spool.sqlite-wal").stat().st_size
    lost = spool.append(beat(hand.at))
    copied_without_what_was_not_synced(tmp_path / "spool", tmp_path / "after", journal_bytes)
    after = Spool(tmp_path / "after", CAMERA, KEY)
    assert after.append(beat(hand.at)) == lost == 6


def test_without_a_sync_interval_every_event_waits_for_the_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path, CAMERA, KEY, SpoolLimits(sync_s=0))
    for _ in range(3):
        assert spool.append(beat(NOON)) == spool._synced


class Disk:
    """Counts the waits for the disk; `broken`: they fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken, self.syncs = False, 0
        self._fsync = os.fsync
        monkeypatch.setattr(spool_file.os, "fsync", self.sync)

    def sync(self, file: int) -> None:
        self.syncs += 1
        if self.broken:
            raise OSError("Input/output error")
        self._fsync(file)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_what_a_killed_agent_left_is_synced_before_it_is_sent(
    tmp_path: Path, client: redis.Redis, clock: Callable[..., Any], disk: Disk
) -> None:
    """It may be in the page cache alone, which outlives `kill -9` and no power cut."""
    spool = Spool(tmp_path, CAMERA, KEY, SpoolLimits(sync_s=3600))
    spool.append(beat(NOON))
    spool._file.close()  # as a kill does: without a sync of ours
    again = Publisher(Spool(tmp_path, CAMERA, KEY), client, CAMERA, Credentials.of_key(KEY), clock(NOON))
    assert disk.syncs == 0
    assert (again.publish_due(), disk.syncs) == (1, 1)


def test_nothing_is_sent_while_the_disk_keeps_nothing_for_good(
    tmp_path: Path, client: redis.Redis, clock: Callable[..., Any], disk: Disk
) -> None:
    hand = clock(NOON)
    spool = Spool(tmp_path, CAMERA, KEY, SpoolLimits(sync_s=3600), SpoolClock(steady=hand.steady))
    publisher = Publisher(spool, client, CAMERA, Credentials.of_key(KEY), hand)
    disk.broken = True
    with capture_logs() as logs:
        for _ in range(3):
            spool.append(beat(hand.at))
            publisher.publish_due()
            spool._file._sync_failed = False  # the disk is asked again, not the file
    assert [line["event"] for line in logs] == ["spool_cannot_sync"]
    assert (publisher.published, spool.syncs_failed, spool.writes) == (0, 3, False)
    disk.broken = False
    publisher.publish_due()
    assert (publisher.published, spool.writes) == (3, True)


def test_after_a_failed_sync_everything_is_written_anew(tmp_path: Path, disk: Disk) -> None:
    """A second fsync may succeed although the first one lost the pages."""
    spool = Spool(tmp_path / "spool", CAMERA, KEY, SpoolLimits(sync_s=3600))
    spool.append(beat(NOON))
    disk.broken = True
    assert not spool.sync()
    disk.broken = False
    assert (spool.sync(), disk.syncs) == (True, 1)
    copied_without_what_was_not_synced(tmp_path / "spool", tmp_path / "after", 0)
    assert Spool(tmp_path / "after", CAMERA, KEY).waiting(10) == (1,)
