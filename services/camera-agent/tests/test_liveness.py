"""What a camera makes of faces that may be pictures: pure, on pictures drawn here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_camera.flatness import change, patch_of, similarity
from adsum_camera.liveness import Liveness, LivenessPolicy
from adsum_camera.rectangles import rectangle_around
from adsum_camera.tracking import Track, TrackState
from adsum_contracts.face import LivenessDoubt
from adsum_contracts.ids import TrackId
from adsum_vision.types import BgrImage, Box, Face

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHAPE = (360, 480)
MARKS = np.array([(-14.0, -10), (14, -10), (0, 6), (-10, 22), (10, 22)])
"""Eyes, nose and mouth, from the face's middle; pixels."""


def scene(
    x: float, y: float, *, mouth: float = 4, look: float = 0, paper: bool = False
) -> tuple[BgrImage, Face]:
    """Draw a face at (x, y) before a mottled wall; `look` moves the pupils, `paper` puts it on a sheet."""
    wall = cv2.GaussianBlur(np.random.default_rng(3).normal(110, 300, SHAPE), (0, 0), 6)
    image = np.repeat(np.clip(wall, 0, 255)[..., None], 3, axis=2).astype(np.uint8)

    def spot(dx: float, dy: float, axes: tuple[float, float], grey: int) -> None:
        middle = (round((x + dx) * 16), round((y + dy) * 16))
        size = (round(axes[0] * 16), round(axes[1] * 16))
        cv2.ellipse(image, middle, size, 0, 0, 360, (grey,) * 3, -1, cv2.LINE_AA, 4)

    if paper:
        corners = (round(x - 40), round(y - 52)), (round(x + 40), round(y + 60))
        cv2.rectangle(image, *corners, (235,) * 3, -1)
    spot(0, 0, (28, 38), 60 if paper else 175)
    spot(0, 0, (25, 35), 170)
    for side in (-14, 14):
        spot(side, -10, (8, 5), 240)
        spot(side + look, -10, (4, 4), 30)
        spot(side, -19, (9, 2), 60)
    spot(0, 4, (4, 8), 130)
    spot(0, 22, (11, mouth), 70)
    points = MARKS + np.array((x, y))
    marks = tuple((float(px), float(py)) for px, py in points)
    return image, Face(Box(x - 28, y - 32, 56, 64), marks, 0.99)  # type: ignore[arg-type]


def doubt_after(seconds: float, moment: Callable[[float], tuple[BgrImage, Face]]) -> LivenessDoubt | None:
    """Show moments of one face, one for each look, and return the doubt they leave."""
    liveness, track_id = Liveness(), TrackId(uuid4())
    rng = np.random.default_rng(1)
    for second in np.arange(0, seconds, LivenessPolicy().look_every_s).tolist():
        at = NOON + timedelta(seconds=second)
        image, face = moment(second)
        noisy = np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
        track = Track(track_id, TrackState.SEEN, NOON, at, face.box, face)
        liveness.observe(noisy, (track,), at)
    return liveness.doubt(track_id)


def swaying(t: float) -> tuple[float, float]:
    return 240 + 14 * np.sin(1.9 * t), 180 + 8 * np.sin(1.3 * t + 1)


def test_nothing_is_said_of_a_face_seen_for_a_few_seconds() -> None:
    assert doubt_after(6, lambda t: scene(*swaying(t))) is None


def test_nothing_is_said_of_a_track_that_was_never_seen() -> None:
    assert Liveness().doubt(TrackId(uuid4())) is None


def test_a_sheet_of_paper_that_is_moved_raises_every_cue() -> None:
    doubt = doubt_after(15, lambda t: scene(*swaying(t), paper=True))
    assert doubt is not None
    assert set(doubt.cues) == {"never_changes", "bright_rectangle", "no_parallax"}
    assert doubt.doubt >= 0.5


def test_a_poster_never_changes_and_that_alone_is_little_doubt() -> None:
    doubt = doubt_after(15, lambda t: scene(240, 180, paper=True))
    assert doubt is not None
    assert doubt.cues == ("never_changes",)
    assert doubt.doubt < 0.5


def test_a_face_that_speaks_and_looks_around_raises_no_doubt() -> None:
    doubt = doubt_after(
        15, lambda t: scene(*swaying(t), mouth=3 + 6 * abs(np.sin(2.6 * t)), look=4 * np.sin(1.1 * t))
    )
    assert doubt == LivenessDoubt(doubt=0.0, cues=())


def test_a_doubt_ends_when_the_face_comes_to_life() -> None:
    def moment(t: float) -> tuple[BgrImage, Face]:
        if t < 16:
            return scene(*swaying(t), paper=True)
        return scene(*swaying(t), mouth=3 + 6 * abs(np.sin(2.6 * t)), look=4 * np.sin(t))

    assert doubt_after(16, moment).doubt > 0.5  # type: ignore[union-attr]
    assert doubt_after(34, moment).doubt == 0.0  # type: ignore[union-attr]


def test_a_lost_track_is_forgotten() -> None:
    liveness, track_id = Liveness(), TrackId(uuid4())
    for second in range(12):
        at = NOON + timedelta(seconds=second * 1.5)
        image, face = scene(240, 180)
        liveness.observe(image, (Track(track_id, TrackState.SEEN, NOON, at, face.box, face),), at)
    assert liveness.doubt(track_id) is not None
    liveness.forget(track_id)
    assert liveness.doubt(track_id) is None


@settings(deadline=None, max_examples=30)
@given(turn=st.floats(-0.1, 0.1), narrow=st.floats(0.9, 1.0), dx=st.floats(-2, 2), gain=st.floats(0.7, 1.2))
def test_a_flat_copy_changes_little_however_it_is_held_and_lit(
    turn: float, narrow: float, dx: float, gain: float
) -> None:
    image, face = scene(240, 180)
    matrix = np.array([[narrow * np.cos(turn), -np.sin(turn), 0], [narrow * np.sin(turn), np.cos(turn), 0]])
    matrix[:, 2] = (240 + dx, 180) - matrix[:, :2] @ (240, 180)
    held = np.clip(cv2.warpAffine(image, matrix, SHAPE[::-1]) * gain, 0, 255).astype(np.uint8)
    one, other = patch_of(image, face.landmarks), patch_of(held, face.landmarks)
    assert one is not None
    assert other is not None
    assert change(one, other) < 0.02


def test_an_open_mouth_is_a_change() -> None:
    shut, wide = scene(240, 180), scene(240, 180, mouth=10)
    one, other = patch_of(shut[0], shut[1].landmarks), patch_of(wide[0], wide[1].landmarks)
    assert one is not None
    assert other is not None
    assert change(one, other) > 0.03


def test_a_face_outside_the_picture_has_no_patch() -> None:
    _, face = scene(240, 180)
    away = tuple((x - 1000, y) for x, y in face.landmarks)
    assert patch_of(np.zeros((100, 100, 3), np.uint8), away) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(("paper", "least", "most"), [(True, 0.92, 1.0), (False, 0.0, 0.9)])
def test_a_sheet_has_straight_edges_and_a_head_has_none(paper: bool, least: float, most: float) -> None:
    assert least <= rectangle_around(*scene(240, 180, paper=paper)).support <= most


@settings(deadline=None, max_examples=30)
@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-50, 50))
def test_the_best_similarity_undoes_a_turn_a_scale_and_a_shift(
    turn: float, scale: float, shift: float
) -> None:
    rotated = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = MARKS @ rotated.T + shift
    matrix = similarity(moved, MARKS)
    assert np.allclose(moved @ matrix[:, :2].T + matrix[:, 2], MARKS, atol=1e-6)
