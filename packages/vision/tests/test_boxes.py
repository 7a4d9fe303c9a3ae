"""The geometry of boxes: pure rules, with literal numbers and with properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_vision._boxes import best_by_smaller, best_by_union, pixels, pyramid, regressed, squared
from adsum_vision.types import Box

coordinates = st.floats(-1000, 1000, allow_nan=False)
lengths = st.floats(0.5, 1000)
boxes = st.builds(Box, coordinates, coordinates, lengths, lengths)


def floats(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float32)


@given(boxes, boxes)
def test_iou_is_a_symmetric_share(one: Box, other: Box) -> None:
    assert 0 <= one.iou(other) <= 1 + 1e-9
    assert one.iou(other) == pytest.approx(other.iou(one))


@given(boxes)
def test_a_box_is_itself(box: Box) -> None:
    assert box.iou(box) == pytest.approx(1)


@given(boxes, coordinates, coordinates, st.floats(0.1, 10))
def test_moving_and_scaling_keep_the_middle_in_the_middle(
    box: Box, dx: float, dy: float, factor: float
) -> None:
    x, y = box.center

    assert box.shifted(dx, dy).scaled(factor).center == pytest.approx(
        ((x + dx) * factor, (y + dy) * factor), abs=1e-6
    )


def test_half_overlapping_boxes_share_a_third() -> None:
    assert Box(0, 0, 10, 10).iou(Box(5, 0, 10, 10)) == pytest.approx(1 / 3)


def test_boxes_that_touch_share_nothing() -> None:
    assert Box(0, 0, 10, 10).iou(Box(10, 0, 10, 10)) == 0


def test_the_pyramid_ends_where_the_picture_is_smaller_than_a_window() -> None:
    assert pyramid(80, 160, 40, 0.5) == (0.3, 0.15)
    assert pyramid(39, 160, 40, 0.5) == ()


def test_squares_keep_the_middle_and_the_longer_side() -> None:
    assert squared(floats((0, 0, 10, 20))).tolist() == [[-5, 0, 15, 20]]


def test_squaring_nothing_gives_nothing() -> None:
    assert squared(np.empty((0, 4), np.float32)).shape == (0, 4)


def test_edges_move_by_shares_of_the_side() -> None:
    moved = regressed(floats((10, 10, 19, 29)), floats((0.1, 0, -0.1, 0.5)), extra_px=1)

    assert moved.tolist() == [[11, 10, 18, 39]]


def test_pixel_ranges_start_one_before_and_stay_in_the_picture() -> None:
    assert pixels(floats((5.9, 0.2, 9.9, 500)), 100, 80).tolist() == [[4, 0, 9, 100]]


def test_the_best_of_a_heap_stays() -> None:
    heap = floats((0, 0, 10, 10), (1, 0, 11, 10), (50, 50, 60, 60))

    assert best_by_union(heap, np.array([0.8, 0.9, 0.7], np.float32), 0.5).tolist() == [1, 2]


def test_an_overlap_of_exactly_the_threshold_is_allowed() -> None:
    two = floats((0, 0, 10, 10), (0, 0, 10, 5))

    assert best_by_union(two, np.array([0.9, 0.8], np.float32), 0.5).tolist() == [0, 1]


def test_by_the_smaller_area_a_box_inside_another_goes() -> None:
    nested, scores = floats((0, 0, 100, 100), (40, 40, 50, 50)), np.array([0.9, 0.8], np.float32)

    assert best_by_union(nested, scores, 0.7).tolist() == [0, 1]
    assert best_by_smaller(nested, scores, 0.7).tolist() == [0]


def test_of_equal_scores_union_keeps_the_first_and_smaller_the_last() -> None:
    twins, scores = floats((0, 0, 10, 10), (0, 0, 10, 10)), np.array([1, 1], np.float32)

    assert best_by_union(twins, scores, 0.5).tolist() == [0]
    assert best_by_smaller(twins, scores, 0.5).tolist() == [1]


def test_no_boxes_leave_no_boxes() -> None:
    nothing, scores = np.empty((0, 4), np.float32), np.empty(0, np.float32)

    assert best_by_union(nothing, scores, 0.5).size == 0
    assert best_by_smaller(nothing, scores, 0.5).size == 0
