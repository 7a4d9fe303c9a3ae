"""What the crops of a track say together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_contracts.ids import StudentId
from adsum_recognizer.evidence import SHARED, Candidate, Crop, distinct, scatter, together, vote

ADA, BEA, CY = (StudentId(UUID(int=number)) for number in (1, 2, 3))
NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)


def crop(at_s: float, *scores: tuple[StudentId, float], doubt: float | None = None) -> Crop:
    best_first = sorted((Candidate(*score) for score in scores), key=lambda found: -found.score)
    return Crop(NINE + timedelta(seconds=at_s), tuple(best_first), doubt)


SCORES = st.floats(-1, 1).map(lambda score: round(score, 3))
CROPS = st.builds(
    lambda at, scores: crop(at, *zip((ADA, BEA, CY), scores, strict=True)),
    st.integers(0, 30),
    st.tuples(SCORES, SCORES, SCORES),
)
TRACKS = st.lists(CROPS, min_size=1, max_size=8).map(distinct)


def test_a_crop_weighs_what_it_has_above_the_silent_score() -> None:
    whole = together([crop(0, (ADA, 0.9), (BEA, 0.8)), crop(1, (ADA, 0.7), (BEA, 0.69))], silent=0.6)
    assert (whole.student_id, whole.score) == (ADA, pytest.approx((0.3 * 0.9 + 0.1 * 0.7) / 0.4))
    assert whole.margin == pytest.approx((0.3 * 0.1 + 0.1 * 0.01) / 0.4)


def test_a_crop_that_is_like_nobody_says_nothing() -> None:
    seen, turned = crop(0, (ADA, 0.9), (BEA, 0.8)), crop(1, (BEA, 0.5), (ADA, 0.2))
    assert together([seen, turned], silent=0.6) == together([seen], silent=0.6)


def test_a_rival_who_is_not_kept_counts_with_the_most_that_it_can_have_been() -> None:
    whole = together([crop(0, (ADA, 0.9), (BEA, 0.8)), crop(1, (ADA, 0.9), (CY, 0.7))], silent=0.6)
    assert whole.margin == pytest.approx(0.9 - (0.8 + 0.7) / 2)


@given(TRACKS)
def test_the_mean_score_lies_between_those_of_the_crops(crops: tuple[Crop, ...]) -> None:
    best = [vote(each) for each in crops]
    whole = together(crops, silent=min(each.score for each in best) - 0.1)
    lowest = min(found.score for each in crops for found in each.candidates)
    assert lowest - 1e-9 <= whole.score <= max(each.score for each in best) + 1e-9
    assert whole.margin >= 0


@given(TRACKS, st.data())
def test_neither_order_nor_repetition_nor_doubt_tells(crops: tuple[Crop, ...], data: Any) -> None:
    more = [*crops, *data.draw(st.lists(st.sampled_from(crops)))]
    doubted = [Crop(each.captured_at, each.candidates, data.draw(st.floats(0, 1))) for each in more]
    again = distinct(data.draw(st.permutations(doubted)))
    assert together(again, silent=-1.1) == together(crops, silent=-1.1)


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_more_crops_scatter_less_but_never_less_than_what_they_share(some: float, more: float) -> None:
    fewest, most = sorted((some, more))
    assert SHARED**0.5 <= scatter(most) <= scatter(fewest) <= scatter(1) == 1
