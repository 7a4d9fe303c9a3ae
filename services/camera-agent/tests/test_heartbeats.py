"""What a heartbeat says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adsum_camera.heartbeats import Beat, Pulse
from adsum_camera.selection import Candidate, Unsent
from adsum_camera.tracking import Track, TrackState
from adsum_contracts.commands import LessonHours
from adsum_contracts.ids import TrackId
from adsum_vision.crops import Crop
from adsum_vision.quality import Quality
from adsum_vision.types import Box, Face

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
PICTURE = (640, 360)
FRONTAL = ((40.0, 40.0), (80.0, 40.0), (60.0, 64.0), (45.0, 83.0), (75.0, 83.0))
MEASURED = Quality(50, 0.05, 0.5, 0, 0, 0, 1, cut_by_edge=False)
LESSON = LessonHours(starts_at=NOON, ends_at=NOON + timedelta(minutes=45))


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def track(number: int, last_seen_s: float, state: TrackState = TrackState.SEEN) -> Track:
    return Track(TrackId(UUID(int=number)), state, NOON, at(last_seen_s), Box(0, 0, 1, 1))


def face(side: float) -> Face:
    return Face(Box(140 - side / 2, 140 - side / 2, side, side), FRONTAL, 0.99)


def beaten(pulse: Pulse, second: float) -> Beat:
    beat = pulse.beat(at(second))
    assert beat is not None
    return beat


def test_a_heartbeat_is_due_every_five_seconds_and_counts_from_the_last() -> None:
    pulse = Pulse(every_s=5)
    assert pulse.beat(at(0)) is None
    pulse.came(at(1))
    pulse.looked([face(50), face(50), face(20)], PICTURE)
    beat = pulse.beat(at(5))
    assert beat is not None
    assert (beat.since, beat.at, beat.frames, beat.faces, beat.faces_too_small) == (at(0), at(5), 1, 3, 1)
    pulse.came(at(6))
    pulse.looked([face(50)], PICTURE)
    again = pulse.beat(at(10))
    assert again is not None
    assert (again.since, again.faces) == (at(5), 1)


def test_without_a_frame_there_is_no_signal() -> None:
    pulse = Pulse(every_s=5)
    pulse.beat(at(0))
    beat = pulse.beat(at(5))
    assert beat is not None
    assert beat.state == "no_signal"


def state_of(frames: int, dropped: int) -> str:
    """The state after `frames` looked at, evenly in five seconds, with so many dropped before each."""
    pulse = Pulse(every_s=5)
    pulse.beat(at(0))
    for index in range(frames):
        pulse.came(at(5 * index / frames), dropped=dropped)
    return beaten(pulse, 5).state


def test_frames_that_come_too_fast_to_be_all_looked_at_are_no_lack_of_capacity() -> None:
    assert state_of(frames=15, dropped=9) == "watching"


def test_too_few_frames_looked_at_while_others_went_by_are_a_lack_of_capacity() -> None:
    assert state_of(frames=10, dropped=1) == "capacity_limited"


def test_a_box_that_searches_less_than_it_should_says_so() -> None:
    for short in (True, False):
        pulse = Pulse(5, short=lambda short=short: short)  # type: ignore[misc]
        pulse.beat(at(0))
        pulse.came(at(1))
        beat = pulse.beat(at(5))
        assert beat is not None
        assert beat.state == ("capacity_limited" if short else "watching")


def test_a_camera_that_brings_few_frames_lacks_no_capacity() -> None:
    assert state_of(frames=5, dropped=0) == "watching"


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(0, 30)), max_size=60))
def test_without_a_dropped_frame_or_in_good_time_the_camera_is_never_too_slow(
    frames: list[tuple[float, int]],
) -> None:
    pulse, second = Pulse(every_s=1), 0.0
    pulse.beat(at(0))
    for gap, dropped in frames:
        second += gap
        pulse.came(at(second), dropped=dropped if gap <= 0.33 else 0)
    assert beaten(pulse, second + 1).state == ("watching" if frames else "no_signal")


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


def test_what_was_not_sent_is_counted_by_its_reason() -> None:
    pulse = Pulse(every_s=5)
    pulse.beat(at(0))
    unsent = [Unsent(track(1, 1), "face_too_small"), Unsent(track(2, 1), "too_blurred", MEASURED)]
    sent = Candidate(
        track(3, 1), Crop(np.zeros((1, 1, 3), np.uint8), Box(0, 0, 1, 1), FRONTAL), MEASURED, at(1)
    )
    pulse.judged([*unsent, sent], PICTURE)
    pulse.judged(unsent[:1], PICTURE)
    pulse.left_out("masked", 3)
    pulse.sent(1)
    beat = beaten(pulse, 5)
    assert beat.unsent == {"face_too_small": 2, "too_blurred": 1, "masked": 3}
    assert beat.crops_sent == 1
    assert beaten(pulse, 10).unsent == {}


def test_a_frame_that_only_moved_is_no_look() -> None:
    pulse = Pulse(every_s=5)
    pulse.beat(at(0))
    for second in range(4):
        pulse.came(at(second))
    pulse.looked([], PICTURE)
    beat = beaten(pulse, 5)
    assert (beat.frames, beat.looks) == (4, 1)


def test_the_lesson_is_watched_from_its_start_and_between_lessons_nothing_is_said() -> None:
    pulse = Pulse(every_s=5)
    pulse.beat(at(-10))
    pulse.expect([LESSON])
    for second in range(-10, 51):
        pulse.came(at(second))
    assert beaten(pulse, -5).lesson_coverage is None
    assert beaten(pulse, 50).lesson_coverage == 1
    assert beaten(pulse, 100).lesson_coverage == 0.5
    assert beaten(pulse, 3600).lesson_coverage is None


def test_the_place_of_a_face_is_told_with_how_it_looked() -> None:
    pulse = Pulse(every_s=5)
    pulse.beat(at(0))
    pulse.looked([face(50), face(20)], PICTURE)
    (place,) = beaten(pulse, 5).coverage
    assert (place.column, place.row, place.faces, place.too_small, place.face_px) == (3, 3, 2, 1, 35)
    assert beaten(pulse, 10).coverage == ()
