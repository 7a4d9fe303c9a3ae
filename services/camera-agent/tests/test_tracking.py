"""The life of tracks, told frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_camera.tracking import Detection, Tracker, TrackState
from adsum_contracts.ids import TrackId
from adsum_vision.types import Box, Face

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
RED, BLUE = np.array([1, 0, 0], np.float32), np.array([0, 0, 1], np.float32)


def tracker() -> Tracker:
    ids: Iterator[int] = count(1)
    return Tracker(lambda: TrackId(UUID(int=next(ids))))


def at(frame: int) -> datetime:
    return NOON + timedelta(seconds=frame / 10)


def face(x: float, y: float = 100, side: float = 50, score: float = 0.99) -> Face:
    box = Box(x - side / 2, y - side / 2, side, side)
    return Face(box, ((x, y),) * 5, score)


def seen(x: float, look: np.ndarray | None = None, **changes: float) -> Detection:
    return Detection(face(x, **changes), look)


def test_a_face_seen_twice_is_a_track() -> None:
    follow = tracker()
    (first,) = follow.update([seen(100)], at(0))
    (second,) = follow.update([seen(104)], at(1))
    assert first.state is TrackState.TENTATIVE
    assert second.state is TrackState.SEEN
    assert second.id == first.id
    assert (second.started_at, second.last_seen_at) == (at(0), at(1))


def test_a_face_seen_once_is_forgotten_at_once() -> None:
    follow = tracker()
    follow.update([seen(100)], at(0))
    (track,) = follow.update([], at(1))
    assert track.state is TrackState.LOST
    assert follow.update([], at(2)) == ()


def test_a_track_outlasts_a_short_absence_where_it_should_be_by_then() -> None:
    follow = tracker()
    for frame in range(10):
        (before,) = follow.update([seen(100 + 20 * frame)], at(frame))
    (hidden,) = follow.update([], at(10))
    (back,) = follow.update([seen(320)], at(11))
    assert hidden.state is TrackState.UNSEEN
    assert hidden.face is None
    assert hidden.box.center[0] == pytest.approx(300, abs=3)
    assert (back.id, back.state) == (before.id, TrackState.SEEN)


def test_a_track_is_lost_after_two_seconds_and_told_so_once() -> None:
    follow = tracker()
    follow.update([seen(100)], at(0))
    follow.update([seen(100)], at(1))
    states = [tuple(track.state for track in follow.update([], at(frame))) for frame in range(2, 24)]
    assert states == [(TrackState.UNSEEN,)] * 20 + [(TrackState.LOST,), ()]


def test_a_weak_face_continues_a_track_but_starts_none() -> None:
    follow = tracker()
    assert follow.update([seen(100, score=0.75)], at(0)) == ()
    follow.update([seen(100)], at(1))
    (track,) = follow.update([seen(100, score=0.75)], at(2))
    assert track.state is TrackState.SEEN


def test_two_boxes_round_one_face_are_one_track() -> None:
    follow = tracker()
    for frame in range(5):
        tracks = follow.update([seen(100), seen(108, score=0.93)], at(frame))
    assert [track.state for track in tracks] == [TrackState.SEEN]


def test_neighbours_keep_their_tracks_whatever_the_order_of_the_faces() -> None:
    follow = tracker()
    follow.update([seen(100), seen(170)], at(0))
    one, two = follow.update([seen(171), seen(99)], at(1))
    again = follow.update([seen(100), seen(170)], at(2))
    assert {(one.id, one.box.center[0]), (two.id, two.box.center[0])} == {
        (track.id, track.box.center[0] + (1 if track.box.center[0] > 150 else -1)) for track in again
    }


def crossing(look_one: np.ndarray | None, look_two: np.ndarray | None) -> list[dict[TrackId, set[str]]]:
    """Two people walk through each other; return, per track, whose face it was given."""
    follow = tracker()
    owners: dict[TrackId, set[str]] = {}
    for frame in range(41):
        left, right = seen(100 + 10 * frame, look_one), seen(500 - 10 * frame, look_two)
        hidden = abs(left.face.box.x - right.face.box.x) < 25
        for track in follow.update([right] if hidden else [left, right], at(frame)):
            if track.face is not None:
                owners.setdefault(track.id, set()).add("left" if track.face is left.face else "right")
    return [owners]


def test_people_who_cross_break_their_tracks_rather_than_swap_them() -> None:
    (owners,) = crossing(None, None)
    assert all(len(names) == 1 for names in owners.values())
    assert len(owners) > 2


def test_people_in_different_clothes_keep_their_tracks_when_they_cross() -> None:
    (owners,) = crossing(RED, BLUE)
    assert sorted(owners.values(), key=str) == [{"left"}, {"right"}]


def test_a_stranger_in_other_clothes_does_not_inherit_the_place_of_one_who_left() -> None:
    follow = tracker()
    for frame in range(5):
        (first,) = follow.update([seen(100, RED)], at(frame))
    follow.update([], at(5))
    states = {track.id: track.state for track in follow.update([seen(100, BLUE)], at(6))}
    assert states[first.id] is TrackState.UNSEEN
    assert len(states) == 2


def test_a_face_of_another_size_is_another_face() -> None:
    follow = tracker()
    follow.update([seen(100)], at(0))
    (first,) = follow.update([seen(100)], at(1))
    after = follow.update([seen(100, side=110)], at(2))
    assert first.id in {track.id for track in after if track.state is TrackState.UNSEEN}


def test_time_that_runs_backwards_ends_every_track() -> None:
    follow = tracker()
    follow.update([seen(100)], at(0))
    (old,) = follow.update([seen(100)], at(5))
    ended, new = follow.update([seen(100)], at(3))
    assert (ended.id, ended.state) == (old.id, TrackState.LOST)
    assert (new.state, new.started_at) == (TrackState.TENTATIVE, at(3))


def test_a_reset_ends_every_track() -> None:
    follow = tracker()
    follow.update([seen(100), seen(300)], at(0))
    assert [track.state for track in follow.reset()] == [TrackState.LOST] * 2
    assert follow.reset() == ()


scenes = st.lists(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200), st.integers(30, 90)), max_size=6),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(scenes)
def test_whatever_is_seen_no_face_has_two_tracks_and_no_track_two_lives(
    scene: list[list[tuple[int, int, int]]],
) -> None:
    follow = tracker()
    frames = [
        follow.update([seen(x, y=y, side=side) for x, y, side in faces], at(index))
        for index, faces in enumerate(scene)
    ]
    ended: set[TrackId] = set()
    for tracks in frames:
        faces = [id(track.face) for track in tracks if track.face is not None]
        assert len(faces) == len(set(faces))
        assert len({track.id for track in tracks}) == len(tracks)
        assert not ended & {track.id for track in tracks}
        ended |= {track.id for track in tracks if track.state is TrackState.LOST}


@settings(max_examples=40, deadline=None)
@given(st.floats(-150, 150), st.floats(40, 120), st.floats(0.5, 3))
def test_somebody_who_walks_steadily_alone_is_one_track(speed: float, side: float, pace: float) -> None:
    follow = tracker()
    ids = {
        track.id
        for frame in range(20)
        for track in follow.update([seen(400 + speed * pace * frame / 10, side=side)], at(frame))
    }
    assert len(ids) == 1


def test_ids_come_from_the_factory_in_the_order_of_meeting() -> None:
    follow = tracker()
    follow.update([seen(100)], at(0))
    tracks = follow.update([seen(100), seen(300)], at(1))
    assert [track.id.int for track in tracks] == [1, 2]
    assert all(one.id.int < two.id.int for one, two in pairwise(tracks))
