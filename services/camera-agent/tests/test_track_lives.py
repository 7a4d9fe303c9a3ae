"""The lives of tracks, told frame by frame.

A film is one line of text per row of seats, half a second a character: a letter is a face seen there,
`.` a look that found none, ` ` no look at all, `=` no look because nothing there changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, zip_longest
from uuid import UUID

import numpy as np
import pytest

from adsum_camera.tracking import Detection, Look, Track, Tracker, TrackState
from adsum_contracts.ids import TrackId
from adsum_vision.types import Box, Face

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
SEATS_APART = 200
TALL_PX = 60
STEP_S = 0.5


def clothes(letter: str) -> Look:
    histogram = np.full(64, 0.001, np.float32)
    histogram[ord(letter) % 64] = 1.0
    return np.asarray(histogram / histogram.sum(), np.float32)


def seat(row: int) -> Box:
    return Box(300, 100 + SEATS_APART * row, TALL_PX, TALL_PX)


def seen(letter: str, row: int) -> Detection:
    box = seat(row)
    return Detection(Face(box, (box.center,) * 5, 0.99), clothes(letter))  # type: ignore[arg-type]


def lives(*rows: str) -> list[tuple[Track, ...]]:
    """Play the film and return the tracks after every character."""
    numbers = count(1)
    follow = Tracker(lambda: TrackId(UUID(int=next(numbers))))
    return [
        _after(follow, frame, NOON + timedelta(seconds=STEP_S * step))
        for step, frame in enumerate(zip_longest(*rows, fillvalue=" "))
    ]


def _after(follow: Tracker, frame: tuple[str, ...], at: datetime) -> tuple[Track, ...]:
    places = [seat(row) for row in range(len(frame))]

    def is_one_of(box: Box, signs: str) -> bool:
        return any(sign in signs and box.iou(place) > 0.3 for sign, place in zip(frame, places, strict=True))

    if all(sign in " =" for sign in frame):
        return follow.stay(at, lambda box: is_one_of(box, "="))
    found = [seen(sign, row) for row, sign in enumerate(frame) if sign not in ".= "]
    return follow.update(found, at, lambda box: not is_one_of(box, " ="))


def told(tracks: tuple[Track, ...]) -> Iterator[tuple[int, str, float]]:
    for track in tracks:
        yield track.id.int, track.state.value, (track.last_seen_at - NOON).total_seconds()


@pytest.mark.parametrize(
    ("film", "ids", "last_state"),
    [
        ("A", [1], "tentative"),
        ("AA", [1], "seen"),
        ("AA.A", [1], "seen"),
        ("A.", [1], "lost"),
        ("AA.....A", [1, 2], "tentative"),  # two seconds are enough for who has only come
        ("AAAAAAAA....................A", [1], "seen"),  # who sits is waited for
        ("AAAAAAAA" + 41 * "." + "A", [1, 2], "tentative"),  # but not for ever
        ("AAAAAAAA..B", [1, 2], "tentative"),  # another pupil takes the seat
        ("A          A", [1], "seen"),  # nobody looked: nobody was missed
    ],
)
def test_lives(film: str, ids: list[int], last_state: str) -> None:
    frames = lives(film)
    assert sorted({track.id.int for tracks in frames for track in tracks}) == ids
    assert frames[-1][-1].state.value == last_state


def test_who_sits_where_nothing_changed_is_still_there() -> None:
    assert list(told(lives("AAAAAA====")[-1])) == [(1, "seen", 4.5)]


def test_who_sits_where_nobody_looked_and_something_changed_was_last_seen_when_they_were() -> None:
    assert list(told(lives("AAAAAA    ")[-1])) == [(1, "seen", 2.5)]


def test_who_has_only_come_is_not_believed_to_stay() -> None:
    assert list(told(lives("AA==")[-1])) == [(1, "seen", 0.5)]


def test_an_unseen_face_is_not_brought_back_by_a_still_picture() -> None:
    assert list(told(lives("AAAAAA.===")[-1])) == [(1, "unseen", 2.5)]


def test_looking_at_one_row_misses_nobody_in_another() -> None:
    (front, back) = lives("AAAAAAAAAA", "BBBBB     ")[-1]
    assert (front.state, front.face is not None) == (TrackState.SEEN, True)
    assert (back.state, back.face) == (TrackState.SEEN, None)


def test_who_rises_is_no_longer_waited_for_as_who_sits() -> None:
    numbers = count(1)
    follow = Tracker(lambda: TrackId(UUID(int=next(numbers))))
    for step in range(20):
        box = seat(0).shifted(0.0 if step < 14 else -8.0 * (step - 13), 0.0)
        face = Face(box, (box.center,) * 5, 0.99)  # type: ignore[arg-type]
        (track,) = follow.update([Detection(face)], NOON + timedelta(seconds=step / 10))
    assert track.still_s() < 0.5
    states = [follow.update([], NOON + timedelta(seconds=2 + step / 2))[0].state for step in range(5)]
    assert states[-1] is TrackState.LOST
