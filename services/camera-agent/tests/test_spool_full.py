"""A spool that runs full joins heartbeats, then gives up what is worth least, and says how much that was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from adsum_camera.adapters.spool import Draft, Spool, SpoolLimits
from adsum_contracts.events import CAMERA_EVENT, CommandReply, FaceCaptured, Heartbeat
from adsum_contracts.face import Box, FaceCrop
from adsum_contracts.ids import CameraId, CommandId, TrackId

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
LIMIT = 100_000
ADA, BEA = TrackId(UUID(int=1)), TrackId(UUID(int=2))


def beat(number: int) -> Draft:
    since = NOON + timedelta(seconds=5 * number)
    return lambda spool_id, sequence: Heartbeat(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=since + timedelta(seconds=5),
        since=since, state="watching", frames=25, frames_dropped=0, faces=0, faces_too_small=0, spool_depth=0,
    )  # fmt: skip


def crop(track: TrackId, quality: float) -> Draft:
    box = Box(x=0, y=0, width=160, height=160)
    face = FaceCrop(
        width=160, height=160, box=box, landmarks=((1, 1),) * 5, detector_score=0.99, quality=quality
    )
    return lambda spool_id, sequence: FaceCaptured(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=NOON, track_id=track,
        track_started_at=NOON, frame_width=640, frame_height=360, frame_box=box, face=face,
    )  # fmt: skip


def reply() -> Draft:
    return lambda spool_id, sequence: CommandReply(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=NOON,
        command_id=CommandId(UUID(int=9)), outcome="done",
    )  # fmt: skip


def small_spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", CAMERA, KEY, SpoolLimits(most_bytes=LIMIT))


def events(spool: Spool) -> list[object]:
    kept = (spool.entry(sequence) for sequence in spool.waiting(10_000))
    return [CAMERA_EVENT.validate_json(entry.body) for entry in kept if entry is not None]


def filled(spool: Spool, draft: Callable[[int], Draft], count: int, picture: bytes = b"") -> list[int]:
    sequences = []
    for number in range(count):
        sequence = spool.append(draft(number), picture)
        assert spool.stored_bytes() <= LIMIT
        assert sequence is not None
        sequences.append(sequence)
    return sequences


def test_a_day_of_heartbeats_is_joined_and_proves_the_whole_of_it(tmp_path: Path) -> None:
    spool = small_spool(tmp_path)
    filled(spool, beat, 2000)
    kept = events(spool)
    beats = [event for event in kept if isinstance(event, Heartbeat)]
    assert (spool.dropped, spool.heartbeats_joined) == (0, 2000 - len(beats))
    assert sum((one.captured_at - one.since for one in beats), timedelta()) == timedelta(seconds=10_000)
    assert sum(one.frames for one in beats) == 50_000
    assert [one.sequence for one in beats] == list(spool.waiting(10_000))


def test_a_heartbeat_that_may_be_at_the_server_stays_as_it_is(tmp_path: Path) -> None:
    spool = small_spool(tmp_path)
    filled(spool, beat, 100)
    sent = [spool.entry(sequence) for sequence in range(1, 51)]
    filled(spool, lambda number: beat(100 + number), 200)
    assert spool.heartbeats_joined > 0
    assert [spool.entry(sequence) for sequence in range(1, 51)] == sent


def test_what_was_there_at_the_start_may_have_been_sent_and_stays_as_it_is(tmp_path: Path) -> None:
    before = small_spool(tmp_path)
    filled(before, beat, 100)
    before.close()
    spool = small_spool(tmp_path)
    filled(spool, lambda number: beat(100 + number), 200)
    assert spool.heartbeats_joined > 0
    assert set(range(1, 101)) <= set(spool.waiting(1000))


def test_crops_of_a_named_track_go_first_and_best_crops_and_replies_last(tmp_path: Path) -> None:
    spool = small_spool(tmp_path)
    answered = filled(spool, lambda _: reply(), 1)
    (best_of_bea,) = filled(spool, lambda _: crop(BEA, 0.99), 1, bytes(9_000))
    of_ada = filled(spool, lambda number: crop(ADA, 0.5 + number / 100), 7, bytes(9_000))
    beats = filled(spool, beat, 10)
    spool.named(ADA)
    later_of_bea = filled(spool, lambda number: crop(BEA, 0.5 + number / 100), 6, bytes(9_000))
    left = set(spool.waiting(100))
    assert {*answered, best_of_bea, *beats, *later_of_bea[-2:]} <= left
    assert of_ada[0] not in left
    assert spool.dropped_by_kind == {"face_captured": 15 + 10 - len(left)}


def test_a_crop_of_a_track_that_was_named_before_is_worth_less_at_once(tmp_path: Path) -> None:
    spool = small_spool(tmp_path)
    spool.named(ADA)
    first = filled(spool, lambda _: crop(ADA, 0.99), 1, bytes(9_000))
    filled(spool, lambda number: crop(TrackId(UUID(int=100 + number)), 0.1), 11, bytes(9_000))
    assert first[0] not in spool.waiting(100)


def test_what_was_given_up_is_counted_for_as_long_as_the_spool_lives(tmp_path: Path) -> None:
    spool = small_spool(tmp_path)
    filled(spool, lambda number: crop(ADA, number / 100), 20, bytes(9_000))
    dropped = spool.dropped_by_kind
    assert dropped["face_captured"] > 0
    spool.close()
    assert small_spool(tmp_path).dropped_by_kind == dropped


def test_an_event_larger_than_the_spool_is_given_up_and_nothing_else(tmp_path: Path) -> None:
    spool = small_spool(tmp_path)
    kept = filled(spool, lambda _: reply(), 2)
    spool.append(crop(ADA, 0.9), bytes(2 * LIMIT))
    assert (list(spool.waiting(10)), spool.dropped) == (kept, 1)
