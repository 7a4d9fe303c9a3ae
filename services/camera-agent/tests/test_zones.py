"""Zones: polygons in shares of the picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_camera.zones import Zone, is_within, unmasked
from adsum_vision.types import Box, Face

LEFT_HALF = Zone("window", "mask", ((0, 0), (0.5, 0), (0.5, 1), (0, 1)))
L_SHAPE = Zone("aisle", "door", ((0, 0), (1, 0), (1, 0.5), (0.5, 0.5), (0.5, 1), (0, 1)))

shares = st.floats(0, 1)


def face_at(x: float, y: float) -> Face:
    return Face(Box(x - 20, y - 25, 40, 50), ((x, y),) * 5, 0.99)  # type: ignore[arg-type]


@given(shares, shares)
def test_a_rectangle_holds_what_is_between_its_sides(x: float, y: float) -> None:
    box = Zone("box", "seats", ((0.2, 0.1), (0.8, 0.1), (0.8, 0.7), (0.2, 0.7)))
    if all(abs(x - edge) > 1e-9 for edge in (0.2, 0.8)) and all(abs(y - edge) > 1e-9 for edge in (0.1, 0.7)):
        assert box.holds(x, y) == (0.2 < x < 0.8 and 0.1 < y < 0.7)


@given(shares, shares)
def test_a_zone_is_the_same_whichever_way_round_and_wherever_its_corners_begin(x: float, y: float) -> None:
    turned = (*L_SHAPE.corners[2:], *L_SHAPE.corners[:2])
    assert Zone("a", "door", turned).holds(x, y) == L_SHAPE.holds(x, y)
    assert Zone("b", "door", tuple(reversed(L_SHAPE.corners))).holds(x, y) == L_SHAPE.holds(x, y)


def test_a_zone_may_have_a_notch() -> None:
    assert L_SHAPE.holds(0.75, 0.25)
    assert L_SHAPE.holds(0.25, 0.75)
    assert not L_SHAPE.holds(0.75, 0.75)


def test_a_face_belongs_where_its_middle_is() -> None:
    size = (1000, 500)
    assert is_within(Box(440, 200, 100, 100), (LEFT_HALF,), size)
    assert not is_within(Box(460, 200, 100, 100), (LEFT_HALF,), size)


def test_only_masks_hide_faces() -> None:
    hidden, seen = face_at(100, 100), face_at(900, 100)
    everywhere = Zone("door", "door", ((0, 0), (1, 0), (1, 1), (0, 1)))
    assert unmasked((hidden, seen), (LEFT_HALF, everywhere), (1000, 500)) == (seen,)


def test_a_zone_that_encloses_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="three corners"):
        Zone("line", "mask", ((0, 0), (1, 1)))
    with pytest.raises(ValueError, match="outside the picture"):
        Zone("pixels", "mask", ((0, 0), (1280, 0), (1280, 720)))
