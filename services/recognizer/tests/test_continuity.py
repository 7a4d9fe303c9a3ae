"""Since when somebody has been there whose first tracks stayed without a name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_contracts.ids import CameraId, StudentId, TrackId
from adsum_recognizer.continuity import BREAK, Box, Stay, overlap, there_since
from adsum_recognizer.evidence import Candidate, Crop, TrackEvidence
from adsum_recognizer.identity import Identity, Recognised, Unknown

ADA, BEA = StudentId(UUID(int=1)), StudentId(UUID(int=2))
FRONT, BACK = CameraId(UUID(int=100)), CameraId(UUID(int=101))
NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
SEAT: Box = (100, 100, 40, 50)
NEXT_SEAT: Box = (150, 100, 40, 50)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def stay(
    number: int, start: float, end: float, *, likeliest: StudentId | None = ADA, box: Box = SEAT,
    camera: CameraId = FRONT,
) -> Stay:  # fmt: skip
    """A face at a seat from second to second, with one crop of it."""
    candidates = (Candidate(likeliest, 0.6),) if likeliest else ()
    track = TrackEvidence(TrackId(UUID(int=number)), camera, at(start), at(end), (Crop(at(end), candidates),))
    return Stay(track, box, box)


def told(named: Stay, *unnamed: Stay) -> datetime:
    """Since when Ada, whose track has a name, has been there."""
    identities: dict[TrackId, Identity] = {each.track.track_id: Unknown("unconfirmed") for each in unnamed}
    identities[named.track.track_id] = Recognised(ADA, 0.9, 0.2)
    return there_since([named, *unnamed], identities)[named.track.track_id]


NAMED = stay(1, 400, 500)


def test_a_named_track_alone_counts_from_its_start() -> None:
    assert told(NAMED) == at(400)


def test_unnamed_tracks_that_lead_to_it_are_its_beginning() -> None:
    assert told(NAMED, stay(2, 200, 395), stay(3, 5, 198)) == at(5)


@pytest.mark.parametrize(
    "other",
    [
        stay(2, 5, 389),  # gone for longer than a break
        stay(2, 5, 401),  # still there when the named one began: another face
        stay(2, 5, 395, likeliest=BEA),
        stay(2, 5, 395, likeliest=None),
        stay(2, 5, 395, box=NEXT_SEAT),
        stay(2, 5, 395, camera=BACK),
    ],
)
def test_whatever_may_be_somebody_else_is_left_aside(other: Stay) -> None:
    assert told(NAMED, other) == at(400)


def test_of_two_that_may_be_it_neither_is() -> None:
    assert told(NAMED, stay(2, 5, 395), stay(3, 6, 396)) == at(400)


stays = st.lists(
    st.builds(
        lambda start, length, who, box: (start, start + length, who, box),
        st.integers(0, 500), st.integers(0, 300), st.sampled_from([ADA, BEA, None]),
        st.sampled_from([SEAT, NEXT_SEAT]),
    ),
    max_size=8,
).map(
    lambda drawn: [
        stay(number, start, end, likeliest=who, box=box)
        for number, (start, end, who, box) in enumerate(drawn, start=2)
    ]
)  # fmt: skip


@given(stays, st.randoms(use_true_random=False))
def test_it_only_ever_begins_earlier_and_in_any_order_the_same(others: list[Stay], random: Any) -> None:
    found = told(NAMED, *others)
    assert found == NAMED.track.started_at or found in {each.track.started_at for each in others}
    assert found <= NAMED.track.started_at
    shuffled = list(others)
    random.shuffle(shuffled)
    assert told(NAMED, *shuffled) == found
    reach = NAMED.track.started_at - BREAK
    if not any(reach <= each.track.last_seen_at <= NAMED.track.started_at for each in others):
        assert found == NAMED.track.started_at


@given(st.tuples(*[st.floats(1, 100)] * 4), st.tuples(*[st.floats(1, 100)] * 4))
def test_an_overlap_is_a_share(one: Box, other: Box) -> None:
    assert 0 <= overlap(one, other) <= 1.0000001
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert overlap(one, one) == pytest.approx(1)
