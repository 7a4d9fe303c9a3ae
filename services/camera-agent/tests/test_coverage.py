"""What faces looked like at each place of the picture."""

from __future__ import annotations

from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from adsum_camera.coverage import Coverage, place_of
from adsum_contracts.events import COVERAGE_COLUMNS, COVERAGE_ROWS
from adsum_vision.types import Box, Face

PICTURE = (1920, 1080)
LEFT, RIGHT, MOUTH = (40.0, 40.0), (80.0, 40.0), ((45.0, 83.0), (75.0, 83.0))


def face(x: float, y: float, side: float, nose_x: float = 60) -> Face:
    """A face whose middle is at x, y."""
    return Face(Box(x - side / 2, y - side / 2, side, side), (LEFT, RIGHT, (nose_x, 64.0), *MOUTH), 0.99)


def test_each_place_has_its_own_means() -> None:
    coverage = Coverage(min_face_px=28)
    front = face(100, 1000, 80)
    coverage.saw([front, face(1900, 20, 20), face(1900, 20, 40)], PICTURE)
    coverage.measured(front.box, 0.04, PICTURE)
    coverage.saw([front], PICTURE)
    coverage.measured(front.box, 0.08, PICTURE)
    near, far = coverage.taken()
    assert (near.column, near.row, near.faces, near.too_small, near.face_px) == (0, 8, 2, 0, 80)
    assert near.sharpness is not None
    assert isclose(near.sharpness, 0.06)
    assert (far.column, far.row, far.faces, far.too_small, far.face_px) == (15, 0, 2, 1, 30)
    assert far.sharpness is None


def test_heads_turned_either_way_are_turned() -> None:
    coverage = Coverage(min_face_px=28)
    coverage.saw([face(500, 500, 80, nose_x=50), face(500, 500, 80, nose_x=70)], PICTURE)
    (place,) = coverage.taken()
    assert place.yaw is not None
    assert 20 < place.yaw < 40


def test_what_was_told_is_not_told_again() -> None:
    coverage = Coverage(min_face_px=28)
    coverage.saw([face(500, 500, 80)], PICTURE)
    assert len(coverage.taken()) == 1
    assert coverage.taken() == ()


@given(
    st.lists(st.tuples(st.floats(-500, 3000), st.floats(-500, 2000), st.floats(0, 900)), max_size=300),
    st.floats(-1, 5),
)
def test_every_face_counts_once_and_memory_is_bounded(
    faces: list[tuple[float, float, float]], sharpness: float
) -> None:
    coverage = Coverage(min_face_px=28)
    seen = [face(*each) for each in faces]
    coverage.saw(seen, PICTURE)
    for each in seen:
        coverage.measured(each.box, sharpness, PICTURE)
    places = coverage.taken()
    assert sum(place.faces for place in places) == len(faces)
    assert sum(place.too_small for place in places) == sum(each.box.area < 28**2 for each in seen)
    assert len(places) <= COVERAGE_COLUMNS * COVERAGE_ROWS
    assert len({(place.column, place.row) for place in places}) == len(places)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(1, 1e4))
def test_every_box_has_a_place(x: float, y: float, side: float) -> None:
    column, row = place_of(Box(x, y, side, side), PICTURE)
    assert 0 <= column < COVERAGE_COLUMNS
    assert 0 <= row < COVERAGE_ROWS
