"""What hangs on the wall is learned, and nobody who lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_camera.static_faces import SIDE, Patch, StaticFaces, StillPolicy
from adsum_vision.types import Box, Face

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
WALL = Box(400, 200, 80, 100)
EVERY_S = 5.0


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def face(box: Box = WALL) -> Face:
    return Face(box, (box.center,) * 5, 0.99)  # type: ignore[arg-type]


def picture(seed: int = 1) -> Patch:
    """Grey levels as smooth as a face's."""
    coarse = np.random.default_rng(seed).uniform(40, 210, (5, 5))
    return np.asarray(np.kron(coarse, np.ones((4, 4)))[:SIDE, :SIDE], np.float32)


def as_seen(patch: Patch, seed: int, noise: float = 2.0, gain: float = 1.0) -> Callable[[Box], Patch]:
    noisy = patch * gain + np.random.default_rng(seed).normal(0, noise, patch.shape)
    return lambda box: np.asarray(noisy, np.float32)


def jitter(seed: int) -> Box:
    """The detector never draws the same box twice."""
    x, y, grow = np.random.default_rng(seed).normal(0, (2.5, 2.5, 0.03))
    return Box(WALL.x + x, WALL.y + y, WALL.width * (1 + grow), WALL.height * (1 + grow))


def watched(
    known: StaticFaces, seconds: float, look: Callable[[int], Callable[[Box], Patch]], start_s: float = 0.0
) -> list[int]:
    """Return how many faces are left at each look at the one on the wall."""
    steps = range(round(seconds / EVERY_S))
    return [
        len(known.observe([face(jitter(step))], at(start_s + EVERY_S * step), look(step))) for step in steps
    ]


def learned() -> StaticFaces:
    known = StaticFaces()
    watched(known, 400, lambda step: as_seen(picture(), step))
    assert len(known.learned) == 1
    return known


def test_a_poster_is_left_out_after_five_minutes() -> None:
    left = watched(StaticFaces(), 600, lambda step: as_seen(picture(), step))
    assert left == [1] * left.count(1) + [0] * left.count(0)
    assert 300 <= EVERY_S * left.count(1) <= 310


def test_a_poster_is_learned_in_the_changing_light_of_a_day() -> None:
    left = watched(
        StaticFaces(), 900, lambda step: as_seen(picture(), step, gain=1 + 0.3 * np.sin(step / 20))
    )
    assert left[-1] == 0


def test_who_moves_once_in_a_while_is_never_learned() -> None:
    def pupil(step: int) -> Callable[[Box], Patch]:
        return as_seen(np.roll(picture(), 1 if step % 40 == 39 else 0, axis=1), step)

    known = StaticFaces()
    assert set(watched(known, 3600, pupil)) == {1}
    assert known.learned == ()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.floats(0.03, 0.2))
def test_somebody_who_sways_is_never_learned(seed: int, sides: float) -> None:
    """The patch slides under the face, by less than a fifth of it, as the head does."""
    wide = np.asarray(
        np.kron(np.random.default_rng(seed).uniform(40, 210, (6, 6)), np.ones((40, 40))), np.float32
    )

    def pupil(step: int) -> Callable[[Box], Patch]:
        shift = 40 + round(160 * sides * np.sin(step / 3.0))
        return as_seen(wide[40:200:10, shift : shift + 160 : 10], step)

    known = StaticFaces()
    watched(known, 900, pupil)
    assert known.learned == ()


def test_a_place_is_looked_at_once_a_second_however_often_it_is_seen() -> None:
    cut = 0

    def counted(box: Box) -> Patch:
        nonlocal cut
        cut += 1
        return picture()

    wall = StaticFaces()
    for look in range(80):
        wall.observe([face()], at(look / 8), counted)
    assert cut == 10


def test_who_has_a_name_is_never_learned() -> None:
    known = StaticFaces()
    for step in range(200):
        known.observe([face()], at(EVERY_S * step), as_seen(picture(), step), lambda _: True)
    assert known.learned == ()


def test_a_pupil_before_the_poster_is_followed_at_once_and_the_poster_is_known_afterwards() -> None:
    known = learned()
    assert watched(known, 100, lambda step: as_seen(picture(2), step), 400) == [1] * 20
    assert watched(known, 100, lambda step: as_seen(picture(1), step), 500) == [0] * 20


def test_a_face_elsewhere_is_nobodys_poster() -> None:
    known = learned()
    other = face(Box(700, 200, 80, 100))
    assert known.observe([other], at(500), as_seen(picture(), 1)) == (other,)


def test_what_was_learned_outlives_a_restart_and_nothing_else_is_kept() -> None:
    again = StaticFaces(kept=learned().to_json())
    assert watched(again, 50, lambda step: as_seen(picture(), step), 400) == [0] * 10
    young = StaticFaces()
    watched(young, 200, lambda step: as_seen(picture(), step))
    assert young.to_json() == "[]"


def test_what_another_version_kept_is_learned_again() -> None:
    assert StaticFaces(kept='[{"shape": "other"}]').learned == ()
    assert StaticFaces(kept="no json").learned == ()


def test_what_was_taken_down_is_forgotten_in_the_end() -> None:
    known = learned()
    known.observe([], at(8 * 24 * 3600), as_seen(picture(), 1))
    assert known.learned == ()


def test_a_long_pause_starts_the_learning_again() -> None:
    known = StaticFaces()
    watched(known, 200, lambda step: as_seen(picture(), step))
    assert 0 not in watched(known, 200, lambda step: as_seen(picture(), step), start_s=400)


def test_what_is_remembered_is_bounded() -> None:
    known = StaticFaces(StillPolicy(most=8))
    crowd = [face(Box(100.0 * place, 0, 80, 100)) for place in range(50)]
    for step in range(80):
        known.observe(crowd, at(EVERY_S * step), as_seen(picture(), step))
    assert len(known.learned) <= 8
