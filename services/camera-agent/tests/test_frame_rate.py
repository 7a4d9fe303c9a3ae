"""How many frames come, told at any moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_camera.adapters.frame_rate import WINDOW_S, FrameRate


@given(st.floats(0.5, 60), st.floats(10, 100))
def test_a_steady_source_is_measured_within_a_frame_of_its_window(fps: float, lasts_s: float) -> None:
    rate = FrameRate()
    for number in range(int(lasts_s * fps)):
        rate.came(number / fps)
    assert rate.fps(int(lasts_s * fps) / fps) == pytest.approx(fps, abs=1.01 / WINDOW_S)


def test_a_source_that_has_stopped_brings_nothing_after_the_window() -> None:
    rate = FrameRate()
    for number in range(50):
        rate.came(number / 10)
    assert rate.fps(4.9 + WINDOW_S) == 0


def test_before_the_first_frame_nothing_comes() -> None:
    assert FrameRate().fps(3) == 0
