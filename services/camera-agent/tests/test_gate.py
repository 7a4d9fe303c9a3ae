"""The gate: what changed since it was searched, and what only looks as if."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from adsum_camera import grid
from adsum_camera.gate import Gate
from adsum_camera.grid import Cells
from adsum_vision.types import Box

Picture = NDArray[np.uint8]
SIZE = (1280, 720)
HEAD = Box(600, 200, 60, 80)


def room(seed: int = 0, noise: float = 4.0, level: float = 1.0, head: Box | None = None) -> Picture:
    """A wall lighter to the left with two dark boards, a camera's noise, and maybe somebody's head."""
    wall = np.repeat(np.linspace(190, 120, SIZE[0])[None, :, None], SIZE[1], 0).repeat(3, 2)
    wall[100:300, 100:400] = 60
    wall[400:600, 700:1100] = 90
    if head is not None:
        wall[int(head.y) : int(head.bottom), int(head.x) : int(head.right)] = (90, 120, 175)
    noisy = wall * level + np.random.default_rng(seed).normal(0, noise, wall.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def watching(first: Picture) -> Gate:
    gate = Gate()
    assert gate.observe(first).cells.all()
    return gate


def around(box: Box) -> Cells:
    return grid.grown(grid.touched([box], SIZE))


def test_noise_is_no_change() -> None:
    gate = watching(room())
    assert not any(gate.observe(room(seed, noise=6)).cells.any() for seed in range(1, 8))


def test_a_head_that_comes_in_changes_its_cells_and_no_others() -> None:
    change = watching(room()).observe(room(1, head=HEAD))
    assert change.cells[grid.touched([HEAD], SIZE)].mean() > 0.5
    assert not change.cells[~around(HEAD)].any()


def test_a_place_stays_changed_until_it_is_searched_and_no_longer() -> None:
    gate = watching(room())
    gate.observe(room(1, head=HEAD))
    assert gate.observe(room(2, head=HEAD)).cells.any()
    gate.searched(around(HEAD))
    assert not gate.observe(room(3, head=HEAD)).cells.any()
    assert gate.observe(room(4)).cells.any()


def test_what_creeps_is_found_in_the_end() -> None:
    gate = watching(room(head=HEAD))
    crept = [gate.observe(room(step, head=HEAD.shifted(0.5 * step, 0))).cells.any() for step in range(1, 60)]
    assert crept[-1]


def test_a_cloud_changes_nothing() -> None:
    gate = watching(room())
    assert not any(gate.observe(room(step, level=1 - 0.01 * step)).cells.any() for step in range(1, 25))


def test_lamps_that_go_out_are_told_as_light_once() -> None:
    gate = watching(room())
    dark = gate.observe(room(1, level=0.15))
    assert dark.light
    assert not dark.cells.any()
    after = gate.observe(room(2, level=0.15))
    assert not after.light
    assert not after.cells.any()


def test_after_a_silence_everything_is_new() -> None:
    gate = watching(room())
    gate.forget()
    assert gate.observe(room()).cells.all()


def test_a_picture_of_any_size_has_the_same_cells() -> None:
    for height, width in ((1080, 1920), (480, 640), (120, 161)):
        gate = Gate()
        assert gate.observe(np.full((height, width, 3), 90, np.uint8)).cells.shape == (
            grid.ROWS,
            grid.COLUMNS,
        )
