"""When a camera's reader is given up, and how long the next one waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_camera.watchdog import Ending, LivePolicy, Patience, Progress, fault

POLICY = LivePolicy(open_timeout_s=7, read_timeout_s=10, frozen_after_s=30)
CHANCE = st.floats(0, 1)


@pytest.mark.parametrize(
    ("progress", "now_s", "expected"),
    [
        (Progress(0), 7, None),
        (Progress(0), 7.1, "stuck"),
        (Progress(0, opened_s=5), 15, None),
        (Progress(0, opened_s=5), 15.1, "stuck"),
        (Progress(0, opened_s=5, read_s=100, new_s=100), 110, None),
        (Progress(0, opened_s=5, read_s=100, new_s=100), 110.1, "stuck"),
        (Progress(0, opened_s=5, read_s=100, new_s=70), 100, None),
        (Progress(0, opened_s=5, read_s=100, new_s=69), 100, "frozen"),
        (Progress(0, opened_s=5, read_s=36), 36, "frozen"),
        (Progress(0, opened_s=5, read_s=100, new_s=100, ending=Ending("over")), 100, "ended"),
    ],
)
def test_no_progress_is_a_fault(progress: Progress, now_s: float, expected: str | None) -> None:
    assert fault(progress, now_s, POLICY) == expected


@given(st.integers(0, 10_000), CHANCE)
def test_pauses_stay_within_their_bounds(failures: int, chance: float) -> None:
    assert 1 <= Patience(failures).pause_s(chance, POLICY) <= 30


@given(st.integers(0, 100), CHANCE)
def test_pauses_never_get_shorter_by_failing(failures: int, chance: float) -> None:
    assert Patience(failures + 1).pause_s(chance, POLICY) >= Patience(failures).pause_s(chance, POLICY)


def test_pauses_grow_to_the_longest_and_chance_shakes_them() -> None:
    bounds = [(Patience(n).pause_s(0, POLICY), Patience(n).pause_s(1, POLICY)) for n in range(1, 7)]
    assert bounds == [(1, 2), (2, 4), (4, 8), (8, 16), (15, 30), (15, 30)]


def test_a_camera_that_was_open_for_long_is_tried_again_soon() -> None:
    assert Patience(5).after(Progress(0, opened_s=1), 31, POLICY) == Patience(1)
    assert Patience(5).after(Progress(0, opened_s=2), 31, POLICY) == Patience(6)
    assert Patience(5).after(Progress(0), 1000, POLICY) == Patience(6)
