"""Shrinking is torch's `interpolate(mode="area")`, for the whole picture and for many windows at once."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from adsum_vision._area import AreaMeans, Pixels
from adsum_vision.types import BgrImage


def noise(height: int, width: int) -> BgrImage:
    return np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3)).astype(np.uint8)


def torch_area(image: BgrImage, height: int, width: int) -> Pixels:
    planes = torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None]
    return np.asarray(interpolate(planes, size=(height, width), mode="area")[0].permute(1, 2, 0))


sides = st.integers(1, 90)


@settings(max_examples=40, deadline=None)
@given(sides, sides, st.integers(1, 60), st.integers(1, 60))
def test_the_whole_picture_is_resized_as_torch_does(height: int, width: int, to_h: int, to_w: int) -> None:
    image = noise(height, width)

    np.testing.assert_allclose(AreaMeans(image).whole(to_h, to_w), torch_area(image, to_h, to_w), atol=2e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(sides, sides, sides, sides), min_size=1, max_size=8), st.sampled_from([24, 48]))
def test_windows_are_resized_as_torch_does(corners: list[tuple[int, int, int, int]], size: int) -> None:
    image = noise(91, 91)
    ranges = np.array([(min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1) for a, b, c, d in corners])

    found = AreaMeans(image).windows(ranges, size)

    for (left, top, right, bottom), window in zip(ranges, found, strict=True):
        np.testing.assert_allclose(window, torch_area(image[top:bottom, left:right], size, size), atol=2e-4)


def test_sums_beyond_32_bits_do_not_show() -> None:
    white = np.full((3000, 3000, 3), 255, np.uint8)

    assert (AreaMeans(white).whole(20, 20) == 255).all()
