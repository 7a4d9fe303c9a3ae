"""Open-set identification: rates that one can count by hand, and whom the real rule would name."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_recognizer.evaluation.deployed import Names, named, names
from adsum_recognizer.evaluation.open_set import OpenSet, Rate, Search, TooFewStrangers, strangers_needed
from adsum_recognizer.identity import MatchPolicy

POLICY = MatchPolicy(threshold=0.9, strong_threshold=0.99, margin=0.05)


def search(own: int | None, *rows: tuple[float, ...], person: str = "ada") -> Search:
    return Search(person, own, np.array(rows, np.float64))


def strangers(*scores: float) -> list[Search]:
    return [search(None, (score, 0.0), person=f"stranger {at}") for at, score in enumerate(scores)]


def test_a_rate_is_taken_where_no_more_strangers_are_named_than_it_allows() -> None:
    found = OpenSet(
        [search(0, (0.80, 0.1)), search(0, (0.70, 0.1)), search(1, (0.95, 0.9)), search(1, (0.1, 0.65))],
        strangers(*np.linspace(0, 0.75, 30)),
    )
    rate = found.rate(0.1)
    assert isinstance(rate, Rate)
    assert rate.named == 3, "of 30 strangers 10 % may be named, and the threshold lies at the fourth"
    assert rate.threshold == pytest.approx(0.75 * 26 / 29)
    assert (rate.found, rate.probes) == (2, 4), "0.95 is the wrong student, 0.65 is too low"
    assert found.rank1 == 0.75


def test_too_few_strangers_say_nothing_of_a_small_rate() -> None:
    found = OpenSet([search(0, (1.0, 0.0))], strangers(*[0.5] * 299))
    assert found.rate(0.01) == TooFewStrangers(0.01, 299)
    assert isinstance(OpenSet(found.mated, strangers(*[0.5] * 300)).rate(0.01), Rate)
    assert strangers_needed(0.001) == 3000


def test_a_track_is_scored_by_the_mean_of_its_crops_and_without_any_it_is_not_acquired() -> None:
    assert search(0, (0.9, 0.8), (0.5, 0.8)).best == (1, pytest.approx(0.8))
    nothing = Search("ada", 0, np.empty((0, 2)))
    assert nothing.best == (-1, -math.inf)
    found = OpenSet([nothing, search(0, (0.9, 0.1))], strangers(*[0.5] * 30))
    assert found.failed_to_acquire == pytest.approx(1 / 32)
    rate = found.rate(0.1)
    assert isinstance(rate, Rate)
    assert rate.tpir == 0.5, "a track without a face is a miss"


def test_the_interval_is_by_person() -> None:
    """One person's hundred photos are one observation: the interval must not shrink with them."""
    mated = [search(0, (0.9, 0.0), person="ada") for _ in range(100)]
    mated += [search(1, (0.0, 0.1), person="bea") for _ in range(100)]
    rate = OpenSet(mated, strangers(*[0.5] * 30)).rate(0.1)
    assert isinstance(rate, Rate)
    assert (rate.interval.low, rate.interval.high) == (0.0, 1.0)


scores = st.lists(st.floats(-1, 1), min_size=30, max_size=60)


@given(scores, scores)
def test_the_det_curve_falls_and_agrees_with_the_rates(genuine: list[float], impostor: list[float]) -> None:
    found = OpenSet([search(0, (score, -1.0)) for score in genuine], strangers(*impostor))
    points = found.det()
    assert all(one.fpir <= other.fpir and one.fnir >= other.fnir for one, other in itertools.pairwise(points))
    rate = found.rate(0.1, rounds=1)
    assert isinstance(rate, Rate)
    assert rate.named <= 0.1 * len(impostor)
    assert any(
        point.threshold == rate.threshold and point.fnir == pytest.approx(1 - rate.tpir) for point in points
    )


def test_the_rule_of_lessons_decides_who_is_named() -> None:
    assert named(search(0, (0.92, 0.5)), POLICY) == 0, "one crop is excused from agreement"
    assert named(search(0, (0.92, 0.90)), POLICY) is None, "a rival is too close"
    assert named(search(0, (0.92, 0.5), (0.2, 0.1)), POLICY) is None, "one crop of two does not agree"
    assert named(search(0, (0.92, 0.5), (0.91, 0.4)), POLICY) == 0
    assert named(Search("ada", 0, np.empty((0, 2))), POLICY) is None
    judged = [search(0, (0.92, 0.5)), search(1, (0.92, 0.5)), search(1, (0.5, 0.4)), *strangers(0.95, 0.2)]
    assert names(judged, POLICY) == Names(right=1, wrong=1, strangers=1)
