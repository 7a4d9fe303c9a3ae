"""What a heartbeat says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from adsum_camera.heartbeats import Pulse
from adsum_camera.tracking import Track, TrackState
from adsum_contracts.ids import TrackId
from adsum_vision.types import Box

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def track(number: int, last_seen_s: float, state: TrackState = TrackState.SEEN) -> Track:
    return Track(TrackId(UUID(int=number)), state, NOON, at(last_seen_s), Box(0, 0, 1, 1))


def test_a_heartbeat_is_due_every_five_seconds_and_counts_from_the_last() -> None:
    pulse = Pulse(every_s=5)
    assert pulse.beat(at(0)) is None
    pulse.saw(dropped=0, faces=3, faces_too_small=1)
    beat = pulse.beat(at(5))
    assert beat is not None
    assert (beat.since, beat.at, beat.frames, beat.faces, beat.faces_too_small) == (at(0), at(5), 1, 3, 1)
    pulse.saw(dropped=0, faces=1, faces_too_small=0)
    again = pulse.beat(at(10))
    assert again is not None
    assert (again.since, again.faces) == (at(5), 1)


def test_without_a_frame_there_is_no_signal() -> None:
    pulse = Pulse(every_s=5)
    pulse.beat(at(0))
    beat = pulse.beat(at(5))
    assert beat is not None
    assert beat.state == "no_signal"


def test_too_many_dropped_frames_are_a_lack_of_capacity() -> None:
    states = []
    for dropped in (0, 1, 5):
        pulse = Pulse(every_s=5)
        pulse.beat(at(0))
        for index in range(10):
            pulse.saw(dropped=dropped if index == 0 else 0, faces=0, faces_too_small=0)
        beat = pulse.beat(at(5))
        assert beat is not None
        states.append(beat.state)
    assert states == ["watching", "watching", "capacity_limited"]


def test_tracks_alive_or_lost_since_the_last_are_told_once_as_they_stand() -> None:
    pulse = Pulse(every_s=5)
    pulse.beat(at(0))
    pulse.followed([track(1, 2), track(2, 2)])
    pulse.followed([track(1, 3, TrackState.LOST), track(2, 4)])
    beat = pulse.beat(at(5))
    assert beat is not None
    assert [(each.id.int, each.last_seen_at) for each in beat.tracks] == [(1, at(3)), (2, at(4))]
    empty = pulse.beat(at(10))
    assert empty is not None
    assert empty.tracks == ()


def test_a_face_seen_only_once_is_no_presence() -> None:
    pulse = Pulse(every_s=5)
    pulse.beat(at(0))
    pulse.followed([track(1, 0, TrackState.TENTATIVE)])
    beat = pulse.beat(at(5))
    assert beat is not None
    assert beat.tracks == ()


def test_a_clock_set_back_starts_the_count_anew() -> None:
    pulse = Pulse(every_s=5)
    pulse.beat(at(3600))
    assert pulse.beat(at(0)) is None
    beat = pulse.beat(at(5))
    assert beat is not None
    assert beat.since == at(0)
