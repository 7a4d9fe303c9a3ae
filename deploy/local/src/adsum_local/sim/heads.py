"""Bends a flat face around a head and puts hair, ears and light on it.

The head is an ellipsoid of half-axes `width`, 1 and about 0.9 (head units, see `people`), turned by yaw
and pitch; roll, size and place are left to whoever pastes the sprite.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from adsum_local.sim.faces import FACE_HALF, FACE_UNIT_PX, NEUTRAL, Expression, paint_face
from adsum_local.sim.painting import Plane, Sheet, Stroke, cover, shaded
from adsum_local.sim.people import Person
from adsum_local.sim.sprites import FaceArea, Sprite

UNIT_M: Final = 0.142
"""Metres in a head unit; drawn heads are a little large, as in any picture book."""

FULL_METRE_PX: Final = 700.0
"""Pixels a metre at which nothing of a flat face is lost or made up."""

_LEFT, _TOP, _WIDTH, _HEIGHT = -1.6, -1.75, 3.2, 3.5


@dataclass(frozen=True, slots=True)
class View:
    """From where a head is seen, degrees; `yaw` > 0 looks to the viewer's right, `pitch` > 0 down.

    `light` is where the light comes from: -1 the viewer's left, 0 the front, 1 the right.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    light: float = 0.0
    expression: Expression = NEUTRAL


@dataclass(frozen=True, slots=True)
class _Turned:
    """For every pixel of the sheet: where it lies on the upright head (`u`, `v`), and which way it faces."""

    u: Plane
    v: Plane
    normal_x: Plane
    normal_y: Plane
    normal_z: Plane


def draw_head(person: Person, view: View, metre_px: float = FULL_METRE_PX) -> Sprite:
    """Return the head, without neck and body, at this resolution; its pivot is the middle of the face."""
    sheet = Sheet(_LEFT, _TOP, _WIDTH, _HEIGHT, metre_px * UNIT_M)
    yaw, pitch = np.deg2rad(view.yaw), np.deg2rad(view.pitch)
    turned = _turn(sheet, person, float(yaw), float(pitch))
    _back_hair(sheet, person, float(yaw))
    _ears(sheet, person, float(yaw), float(pitch))
    sheet.lay(
        _outline(sheet, person, float(yaw), float(pitch)),
        _wrapped(person, view.expression, turned, sheet.unit_px),
    )
    _crown(sheet, person, float(yaw), float(pitch))
    _light(sheet, turned, view.light)
    return _sprite(sheet, person, float(yaw), float(pitch))


def _turn(sheet: Sheet, person: Person, yaw: float, pitch: float) -> _Turned:
    x, y = sheet.x / np.float32(person.head.width), sheet.y
    z = np.sqrt(np.clip(1.0 - x * x - y * y, 0.0, 1.0))
    v = y * np.cos(pitch) - z * np.sin(pitch)
    depth = z * np.cos(pitch) + y * np.sin(pitch)
    u = x * np.cos(yaw) - depth * np.sin(yaw)
    # The nose stands out of the ellipsoid, so turning moves it further than the cheeks.
    tip_x, tip_y = u * person.head.width, v - person.eyes.height - 0.8 * person.nose.length
    out = np.exp(-((tip_x / 0.2) ** 2) - (tip_y / 0.26) ** 2)
    u = u * person.head.width - 0.16 * np.sin(yaw) * out
    v = v - 0.12 * np.sin(pitch) * out
    return _Turned(u.astype(np.float32), v.astype(np.float32), x, y, z)


@lru_cache(maxsize=512)
def _flat(person: Person, expression: Expression, halvings: int) -> Plane:
    if halvings == 0:
        return paint_face(person, expression).colour
    finer = _flat(person, expression, halvings - 1)
    return np.asarray(cv2.resize(finer, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def _wrapped(person: Person, expression: Expression, turned: _Turned, unit_px: float) -> Plane:
    halvings = max(0, int(np.log2(FACE_UNIT_PX / unit_px)))
    flat, scale = _flat(person, expression, halvings), np.float32(FACE_UNIT_PX / 2**halvings)
    across = (turned.u + np.float32(FACE_HALF)) * scale - np.float32(0.5)
    down = (turned.v + np.float32(FACE_HALF)) * scale - np.float32(0.5)
    bent = cv2.remap(flat, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.float32)


def _outline(sheet: Sheet, person: Person, yaw: float, pitch: float) -> Plane:
    """Cover the head: an ellipse above, a jaw of its own shape below, which swings with the yaw."""
    y = sheet.y / np.float32(1.0 - 0.04 * abs(np.sin(pitch)))
    x = sheet.x - np.float32(0.1 * np.sin(yaw)) * np.clip(y, 0.0, 1.0)
    down = np.clip(y, 0.0, None) ** np.float32(person.head.jaw)
    implicit = (x / person.head.width) ** 2 + np.where(y > 0, down, y * y) - 1.0
    return cover(implicit.astype(np.float32))


def _back_hair(sheet: Sheet, person: Person, yaw: float) -> None:
    hair, width = person.hair, person.head.width
    if person.extras.headwear == "hijab":
        _hijab(sheet, person, yaw)
        return
    x = sheet.x + np.float32(0.08 * np.sin(yaw))
    angle = np.arctan2(sheet.y, x)
    bumps = 1.0 + hair.curl * np.sin(angle * 17.0) + 0.5 * hair.curl * np.sin(angle * 31.0 + 1.0)
    rx, ry = (width + hair.volume) * bumps, (1.0 + hair.volume) * bumps
    cap = cover(((x / rx) ** 2 + (sheet.y / ry) ** 2 - 1.0).astype(np.float32))
    cap *= cover(sheet.y - np.float32(max(hair.length, -0.25)) + 0.0 * x, 6.0)
    fall = np.maximum(np.abs(x) - (width + hair.volume * 0.9), sheet.y - hair.length)
    fall = np.maximum(fall, -sheet.y).astype(np.float32)
    if hair.bun:
        sheet.ellipse(Stroke(-0.3 * yaw, -1.16, hair.bun, hair.bun * 0.9), shaded(hair.colour, 0.9))
    sheet.lay(
        np.maximum(cap, cover(fall + 0.0 * x, 3.0) if hair.length > 0.3 else cap), shaded(hair.colour, 0.8)
    )


def _hijab(sheet: Sheet, person: Person, yaw: float) -> None:
    x = sheet.x + np.float32(0.06 * np.sin(yaw))
    wide = person.head.width + 0.14 + 0.35 * np.clip(sheet.y - 0.5, 0.0, 1.0)
    implicit = (x / wide) ** 2 + (np.minimum(sheet.y, 0.0) / 1.14) ** 2 - 1.0
    below = cover((sheet.y - 1.5 + 0.25 * x * x).astype(np.float32))
    sheet.lay(cover(implicit.astype(np.float32)) * below, shaded(person.extras.cloth, 0.85))


def _ears(sheet: Sheet, person: Person, yaw: float, pitch: float) -> None:
    if person.extras.headwear == "hijab" or person.hair.length > 0.3:
        return
    head = person.head
    y = person.eyes.height + 0.12 + 0.35 * np.sin(pitch)
    for side in (-1.0, 1.0):
        # The ear on the side that turns away slips behind the head.
        x = side * head.width * (0.99 - 0.35 * max(side * np.sin(yaw), 0.0))
        sheet.ellipse(Stroke(x, y, 0.13 * head.ear, 0.22 * head.ear), shaded(head.skin, 0.86))
        sheet.ellipse(Stroke(x + side * 0.02, y, 0.06 * head.ear, 0.12 * head.ear), shaded(head.skin, 0.66))


def _crown(sheet: Sheet, person: Person, yaw: float, pitch: float) -> None:
    """What stands above the outline of the head in front: a beanie."""
    if person.extras.headwear != "beanie":
        return
    edge = -0.55 + 0.5 * np.sin(pitch)
    dome = (sheet.x / (person.head.width + 0.07)) ** 2 + (sheet.y / 1.16) ** 2 - 1.0
    knit = 1.0 + 0.06 * np.sin(sheet.x * 42.0 + yaw)
    cloth = np.asarray(person.extras.cloth, np.float32) * knit[..., None].astype(np.float32)
    bent = sheet.y - edge + 0.12 * sheet.x**2
    sheet.lay(cover(dome.astype(np.float32)) * cover(bent.astype(np.float32)), cloth)
    rim = cover((np.abs(bent) - 0.1).astype(np.float32))
    wider = (sheet.x / (person.head.width + 0.1)) ** 2 + (sheet.y / 1.2) ** 2 - 1.0
    sheet.lay(rim * cover(wider.astype(np.float32)), shaded(person.extras.cloth, 0.8))


def _light(sheet: Sheet, turned: _Turned, light: float) -> None:
    towards = np.array([light, -0.45, 1.0])
    towards /= np.linalg.norm(towards)
    lit = turned.normal_x * towards[0] + turned.normal_y * towards[1] + turned.normal_z * towards[2]
    sheet.colour *= (0.64 + 0.4 * np.clip(lit, -0.2, 1.0)).astype(np.float32)[..., None]


def _sprite(sheet: Sheet, person: Person, yaw: float, pitch: float) -> Sprite:
    """Freeze the sheet; the face reaches from above the brows to the chin, and shifts as the head turns."""
    top = person.eyes.height - 0.48
    middle_x = 0.28 * float(np.sin(yaw))
    middle_y = (top + 1.0) / 2 + 0.35 * float(np.sin(pitch))
    unit = sheet.unit_px
    face = FaceArea(
        x=(middle_x - _LEFT) * unit,
        y=(middle_y - _TOP) * unit,
        width=1.62 * person.head.width * unit * float(0.75 + 0.25 * np.cos(yaw)),
        height=(1.0 - top) * unit,
    )
    pivot = (-_LEFT * unit, (0.25 - _TOP) * unit)
    return Sprite.of(sheet.colour, sheet.alpha, pivot, unit / UNIT_M, face)
