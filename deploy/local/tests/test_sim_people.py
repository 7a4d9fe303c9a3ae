"""Drawn people: the same from the same genes, different from each other, and seen from where one asks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_local.sim.casting import TRAITS, cast, express
from adsum_local.sim.faces import Expression
from adsum_local.sim.heads import View, draw_head
from adsum_local.sim.names import invent_names
from adsum_local.sim.sprites import Canvas, Placing, at_resolution, patch_of


@given(st.integers(0, 2**32), st.floats(-50, 50), st.floats(-25, 25))
@settings(deadline=None, max_examples=15)
def test_any_genes_make_a_head_with_its_face_inside(seed: int, yaw: float, pitch: float) -> None:
    person = express(np.random.default_rng(seed).random(len(TRAITS)))
    sprite = draw_head(person, View(yaw=yaw, pitch=pitch), metre_px=250.0)
    face = sprite.face
    assert face is not None
    height, width = sprite.pixels.shape[:2]
    assert 0 < face.x - face.width / 2 < face.x + face.width / 2 < width
    assert 0 < face.y - face.height / 2 < face.y + face.height / 2 < height
    assert sprite.pixels[round(face.y), round(face.x), 3] == 255


def test_colours_never_exceed_their_opacity() -> None:
    person = express(np.full(len(TRAITS), 0.5))
    pixels = draw_head(person, View(yaw=20.0), metre_px=250.0).pixels
    assert np.all(pixels[..., :3] <= pixels[..., 3:])


def test_a_smile_and_a_turn_change_the_picture() -> None:
    person = express(np.full(len(TRAITS), 0.4))
    straight = draw_head(person, View(), metre_px=250.0).pixels
    for view in (View(yaw=15.0), View(pitch=15.0), View(expression=Expression(smile=1.0))):
        assert not np.array_equal(draw_head(person, view, metre_px=250.0).pixels, straight)


def test_a_cast_is_the_same_for_the_same_seed_and_nobody_is_twice_in_it() -> None:
    one = cast(np.random.default_rng(3), 12, lambda _: True)
    assert one == cast(np.random.default_rng(3), 12, lambda _: True)
    assert len(set(one)) == 12


def test_whom_the_judge_refuses_is_not_cast() -> None:
    people = cast(np.random.default_rng(1), 6, lambda person: person.head.jaw > 2.6)
    assert min(person.head.jaw for person in people) > 2.6


def test_names_are_different() -> None:
    names = invent_names(np.random.default_rng(0), 120)
    assert len(set(names)) == 120


@pytest.mark.parametrize("metre_px", [90.0, 210.0, 560.0])
def test_a_pasted_face_is_where_the_patch_says(metre_px: float) -> None:
    sprite = at_resolution(draw_head(express(np.full(len(TRAITS), 0.5)), View()), metre_px)
    placing = Placing(200, 200, metre_px, roll=10.0)
    canvas = Canvas(np.zeros((400, 400, 3), np.uint8))
    face = canvas.paste(patch_of(sprite, placing), placing, owner=7)
    assert face is not None
    assert canvas.owner[round(face.y), round(face.x)] == 7
    assert canvas.pixels[round(face.y), round(face.x)].any()
    assert face.height == pytest.approx(0.142 * 1.54 * metre_px, rel=0.1)


def test_a_patch_outside_the_frame_changes_nothing() -> None:
    sprite = draw_head(express(np.full(len(TRAITS), 0.5)), View(), metre_px=200.0)
    canvas = Canvas(np.full((100, 100, 3), 9, np.uint8))
    placing = Placing(-500, 50, 200.0)
    canvas.paste(patch_of(sprite, placing), placing)
    assert np.all(canvas.pixels == 9)
