"""Heartbeats joined to one still prove the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_camera.condensing import LONGEST, SUMMED, condensed
from adsum_contracts.events import Heartbeat, PlaceSeen, TrackAlive
from adsum_contracts.ids import CameraId, SpoolId, TrackId

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def beat(
    sequence: int, since_s: float, until_s: float, state: str = "watching", **fields: object
) -> Heartbeat:
    required = {"frames": 25, "frames_dropped": 0, "faces": 3, "faces_too_small": 1, "spool_depth": 2}
    return Heartbeat.model_validate(
        {
            "camera_id": CameraId(UUID(int=7)),
            "spool_id": SpoolId(UUID(int=8)),
            "sequence": sequence,
            "captured_at": after(until_s),
            "since": after(since_s),
            "state": state,
            **required,
            **fields,
        }
    )


def track(number: int, from_s: float, until_s: float) -> TrackAlive:
    return TrackAlive(
        track_id=TrackId(UUID(int=number)), started_at=after(from_s), last_seen_at=after(until_s)
    )


def test_consecutive_heartbeats_become_one_under_the_last_sequence() -> None:
    joined = condensed([beat(3, 0, 5), beat(6, 5, 10, spool_depth=9), beat(7, 10, 15)])
    assert joined == (beat(7, 0, 15, frames=75, faces=9, faces_too_small=3),)


def test_a_track_keeps_its_first_and_its_last_moment() -> None:
    first = beat(1, 0, 5, tracks=(track(1, -60, 5), track(2, 1, 2)))
    second = beat(2, 5, 10, tracks=(track(1, -60, 9), track(3, 6, 10)))
    (joined,) = condensed([first, second])
    assert joined.tracks == (track(1, -60, 9), track(2, 1, 2), track(3, 6, 10))


def test_a_change_of_state_a_gap_and_a_clock_set_back_stay_visible() -> None:
    watching, silent = beat(1, 0, 5), beat(2, 5, 10, "no_signal")
    gap, back = beat(3, 60, 65, "no_signal"), beat(4, 20, 25, "no_signal")
    assert condensed([watching, silent, gap, back]) == (watching, silent, gap, back)


def test_places_are_means_over_the_faces_counted_there() -> None:
    few = PlaceSeen(column=1, row=2, faces=1, too_small=1, face_px=40, yaw=None, sharpness=0.25)
    many = PlaceSeen(column=1, row=2, faces=3, face_px=80, yaw=30, sharpness=0.75)
    elsewhere = PlaceSeen(column=0, row=0, faces=1, face_px=50)
    first = beat(1, 0, 5, coverage=(few,), unsent={"still": 2})
    second = beat(2, 5, 10, coverage=(elsewhere, many), unsent={"still": 1, "masked": 4})
    (joined,) = condensed([first, second])
    assert joined.unsent == {"still": 3, "masked": 4}
    assert joined.coverage == (
        PlaceSeen(column=1, row=2, faces=4, too_small=1, face_px=70, yaw=30, sharpness=0.625),
        elsewhere,
    )


def test_no_heartbeat_names_more_tracks_than_it_may() -> None:
    first = beat(1, 0, 5, tracks=tuple(track(number, 0, 5) for number in range(300)))
    second = beat(2, 5, 10, tracks=tuple(track(number, 5, 10) for number in range(300, 600)))
    assert condensed([first, second]) == (first, second)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from((0.5, 5.0, 59.0)), st.sampled_from(("watching", "no_signal"))), max_size=60
    )
)
def test_the_time_watched_and_every_count_stay_the_same(steps: list[tuple[float, str]]) -> None:
    beats, at = [], 0.0
    for sequence, (seconds, state) in enumerate(steps, start=1):
        beats.append(beat(sequence, at, at + seconds, state, looks=2))
        at += seconds
    joined = condensed(beats)
    for state in ("watching", "no_signal"):
        assert _seconds(joined, state) == _seconds(beats, state)
    assert all(
        sum(getattr(one, name) for one in joined) == sum(getattr(one, name) for one in beats)
        for name in SUMMED
    )
    assert all(one.captured_at - one.since <= LONGEST for one in joined)


def _seconds(beats: tuple[Heartbeat, ...] | list[Heartbeat], state: str) -> timedelta:
    return sum((one.captured_at - one.since for one in beats if one.state == state), timedelta())


def test_every_field_of_a_heartbeat_is_accounted_for() -> None:
    """A new field is either summed, joined or, on purpose, the last one's."""
    joined = {"since", "tracks", "unsent", "coverage"}
    as_the_last_says = {
        *("version", "type", "camera_id", "spool_id", "sequence", "captured_at", "state", "spool_depth"),
        *("fps", "frame_age_s", "spool_dropped", "clock_offset_s", "lesson_coverage"),
    }
    assert set(Heartbeat.model_fields) == {*SUMMED, *joined, *as_the_last_says}
