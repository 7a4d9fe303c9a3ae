"""How the levels of a pyramid share one canvas, and how windows are cut from halved copies."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_vision._boxes import CELL, STRIDE
from adsum_vision._canvas import NOBODY, Canvas, canvas_for
from adsum_vision._halves import AT_ONCE, Halves

sides = st.integers(1, 700)
plain = settings(max_examples=30, deadline=None)
smallest = st.sampled_from([12.0, 20.0, 40.0, 61.5])
factors = st.sampled_from([0.5, 0.55, 0.709])


@plain
@given(sides, sides, smallest, factors)
def test_levels_lie_on_the_canvas_and_apart(
    height: int, width: int, min_face_px: float, factor: float
) -> None:
    canvas = canvas_for(height, width, min_face_px, factor)

    for level in canvas.levels:
        assert level.left % STRIDE == level.top % STRIDE == 0
        assert level.left + level.width <= canvas.width
        assert level.top + level.height <= canvas.height
    for one, other in itertools.combinations(canvas.levels, 2):
        across = one.left + one.width <= other.left or other.left + other.width <= one.left
        down = one.top + one.height <= other.top or other.top + other.height <= one.top
        assert across or down


@plain
@given(sides, sides, smallest, factors)
def test_every_window_that_counts_lies_in_one_level(
    height: int, width: int, min_face_px: float, factor: float
) -> None:
    canvas = canvas_for(height, width, min_face_px, factor)

    for index, level in enumerate(canvas.levels):
        rows, columns = np.nonzero(canvas.owner == index)
        assert rows.min() * STRIDE == level.top
        assert columns.min() * STRIDE == level.left
        assert rows.max() * STRIDE + CELL <= level.top + level.height
        assert columns.max() * STRIDE + CELL <= level.left + level.width
        assert len(rows) == ((level.height - CELL) // STRIDE + 1) * ((level.width - CELL) // STRIDE + 1)


@plain
@given(sides, sides, smallest, factors)
def test_windows_lie_in_the_picture_and_are_as_large_as_their_level_says(
    height: int, width: int, min_face_px: float, factor: float
) -> None:
    canvas = canvas_for(height, width, min_face_px, factor)
    if not canvas.levels:
        return
    boxes, levels = canvas.located(*np.nonzero(canvas.owner != NOBODY))

    sizes = CELL / np.array([level.scale for level in canvas.levels])
    reach = 1 + 1 / np.array([level.scale for level in canvas.levels])[levels]
    assert np.all(boxes[:, :2] >= 0)
    assert np.all(boxes[:, 2] <= width + reach)
    assert np.all(boxes[:, 3] <= height + reach)
    assert np.all(np.abs(boxes[:, 2] - boxes[:, 0] - sizes[levels] * 11 / 12) <= 1)


def test_levels_are_the_picture_at_their_size() -> None:
    picture = _smooth(300, 400)
    canvas = canvas_for(300, 400, 20, 0.6)

    drawn = Halves(picture).drawn(canvas)

    assert len(canvas.levels) == 6
    for level in canvas.levels:
        shown = drawn[level.top : level.top + level.height, level.left : level.left + level.width]
        wanted = cv2.resize(picture, (level.width, level.height), interpolation=cv2.INTER_AREA)
        assert np.abs(shown.astype(float) - wanted).max() < 6


@pytest.mark.parametrize("size", [24, 48])
def test_windows_are_the_picture_at_their_size(size: int) -> None:
    picture = _smooth(300, 400)
    ranges = np.array([(0, 0, 400, 300), (10, 20, 58, 68), (100, 100, 300, 290), (399, 299, 400, 300)])

    for window, (left, top, right, bottom) in zip(Halves(picture).windows(ranges, size), ranges, strict=True):
        wanted = cv2.resize(picture[top:bottom, left:right], (size, size), interpolation=cv2.INTER_AREA)
        assert np.abs(window.astype(float) - wanted).max() < 12


def test_more_windows_than_are_cut_at_once_stay_in_order() -> None:
    picture = _smooth(100, 900)
    lefts = np.arange(AT_ONCE + 100)
    ranges = np.stack((lefts, lefts * 0 + 10, lefts + 48, lefts * 0 + 58), axis=1)

    many = Halves(picture).windows(ranges, 48)

    for index in (0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 99):
        left = lefts[index]
        np.testing.assert_array_equal(many[index], picture[10:58, left : left + 48])


def test_no_windows_give_no_pictures() -> None:
    assert Halves(_smooth(50, 50)).windows(np.empty((0, 4), np.int64), 24).shape == (0, 24, 24, 3)


@plain
@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_windows_of_any_shape_are_cut(height: int, width: int, data: st.DataObject) -> None:
    picture = np.full((height, width, 3), 77, np.uint8)
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))

    (window,) = Halves(picture).windows(np.array([(left, top, right, bottom)]), 24)

    assert (window == 77).all()


def test_a_small_picture_has_an_empty_canvas() -> None:
    canvas = canvas_for(20, 2000, 40, 0.5)

    assert isinstance(canvas, Canvas)
    assert canvas.levels == ()
    assert canvas.owner.size == 0


def _smooth(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 60 * np.sin(x / 31 + phase) + 50 * np.cos(y / 23 + phase) for phase in (0, 1, 2)]
    return np.stack(waves, axis=2).astype(np.uint8)
