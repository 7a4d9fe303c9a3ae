"""Draws what is below the head: neck, shirt, arms and legs, in metres below the middle of the face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from adsum_local.sim.painting import Colour, Sheet, Stroke, cover, shaded
from adsum_local.sim.sprites import Sprite

BODY_METRE_PX: Final = 330.0
HIP_M: Final = 0.62
"""A sitting body is cut off here: the rest is below the desk."""

_HALF_WIDTH: Final = 0.34
_TOP: Final = -0.05
_NECK: Final = 0.075
_SHOULDERS: Final = 0.175


@dataclass(frozen=True, slots=True)
class Clothes:
    """The colours of a body and its height, metres."""

    skin: Colour
    shirt: Colour
    trousers: Colour
    height_m: float


def draw_body(clothes: Clothes, light: float, *, sitting: bool) -> Sprite:
    """Return the body, its pivot the middle of the face.

    `light` is where the light comes from, -1 the viewer's left, 1 the right.
    """
    bottom = HIP_M if sitting else clothes.height_m - 0.12
    sheet = Sheet(-_HALF_WIDTH, _TOP, 2 * _HALF_WIDTH, bottom - _TOP, BODY_METRE_PX)
    if not sitting:
        _legs(sheet, clothes, bottom)
    _neck(sheet, clothes.skin)
    _torso(sheet, clothes)
    _arms(sheet, clothes)
    sheet.colour *= (1.0 + 0.5 * light * sheet.x / _HALF_WIDTH)[..., None]
    pivot = (_HALF_WIDTH * BODY_METRE_PX, -_TOP * BODY_METRE_PX)
    return Sprite.of(sheet.colour, sheet.alpha, pivot, BODY_METRE_PX)


def _legs(sheet: Sheet, clothes: Clothes, bottom: float) -> None:
    for side in (-1.0, 1.0):
        leg = np.abs(sheet.x - side * 0.085) - 0.075 + 0.02 * (sheet.y - HIP_M)
        inside = cover(leg.astype(np.float32)) * (sheet.y > HIP_M - 0.06)
        sheet.lay(inside, shaded(clothes.trousers, 0.9 + 0.1 * side))
        sheet.ellipse(Stroke(side * 0.09, bottom - 0.03, 0.085, 0.035), (40.0, 38.0, 38.0))


def _neck(sheet: Sheet, skin: Colour) -> None:
    inside = cover(np.abs(sheet.x) - np.float32(_NECK)) * (sheet.y < _SHOULDERS + 0.05)
    sheet.lay(inside, shaded(skin, 0.74))
    sheet.glow(Stroke(0, 0.11, 0.12, 0.08), 0.3)


def _torso(sheet: Sheet, clothes: Clothes) -> None:
    down = np.clip((sheet.y - _SHOULDERS) / 0.12, 0.0, 1.0)
    half = 0.07 + 0.13 * np.sqrt(down) - 0.03 * np.clip(sheet.y - 0.4, 0.0, 0.3)
    side = np.abs(sheet.x) - half
    ends = np.maximum(_SHOULDERS - 0.015 - sheet.y, sheet.y - HIP_M - 0.02)
    sheet.lay(cover(np.maximum(side, ends).astype(np.float32)), clothes.shirt)
    collar = Stroke(0, _SHOULDERS - 0.015, 0.085, 0.05)
    sheet.ellipse(collar, shaded(clothes.shirt, 0.72))
    sheet.ellipse(Stroke(0, _SHOULDERS - 0.03, 0.07, 0.045), shaded(clothes.skin, 0.8))


def _arms(sheet: Sheet, clothes: Clothes) -> None:
    for side in (-1.0, 1.0):
        sheet.ellipse(Stroke(side * 0.205, 0.38, 0.052, 0.15, side * -0.12), shaded(clothes.shirt, 0.86))
        sheet.ellipse(Stroke(side * 0.225, 0.58, 0.04, 0.12, side * 0.1), shaded(clothes.shirt, 0.82))
        sheet.ellipse(Stroke(side * 0.215, 0.7, 0.036, 0.045), shaded(clothes.skin, 0.9))
