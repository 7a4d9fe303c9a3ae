"""Paints a face flat, as seen from the front; `heads` bends it around a head.

Left and right are the viewer's. Every feature is a few soft strokes in head units (see `people`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from adsum_local.sim.painting import Colour, Sheet, Stroke, cover, mixed, shaded
from adsum_local.sim.people import Person

_SIDES: Final = (-1.0, 1.0)
_WHITE: Final[Colour] = (236.0, 238.0, 240.0)
_INK: Final[Colour] = (24.0, 22.0, 26.0)
_ROSE: Final[Colour] = (96.0, 92.0, 214.0)

FACE_UNIT_PX: Final = 150.0
FACE_HALF: Final = 1.2
"""The flat face reaches this far from the middle of the head, on every side."""


@dataclass(frozen=True, slots=True)
class Expression:
    """How the mouth and the eyes are held: `smile` -1 to 1, `talk` and `shut` 0 to 1."""

    smile: float = 0.0
    talk: float = 0.0
    shut: float = 0.0


NEUTRAL: Final = Expression()


def paint_face(person: Person, expression: Expression) -> Sheet:
    """Return the flat face with hairline, beard and glasses; a square of `2 * FACE_HALF` head units."""
    sheet = Sheet(-FACE_HALF, -FACE_HALF, 2 * FACE_HALF, 2 * FACE_HALF, FACE_UNIT_PX)
    sheet.lay(np.ones_like(sheet.alpha), person.head.skin)
    _skin(sheet, person)
    _beard(sheet, person)
    _nose(sheet, person)
    _mouth(sheet, person, expression)
    for side in _SIDES:
        _eye(sheet, person, side, expression)
        _brow(sheet, person, side, expression)
    _hairline(sheet, person)
    _glasses(sheet, person)
    return sheet


def _nose_tip(person: Person) -> float:
    return person.eyes.height + person.nose.length


def _mouth_line(person: Person) -> float:
    return _nose_tip(person) + person.mouth.drop


def _skin(sheet: Sheet, person: Person) -> None:
    head, eyes, skin = person.head, person.eyes, person.head.skin
    light, dark = shaded(skin, 1.13), shaded(skin, 0.66)
    sheet.glow(Stroke(0, -0.5, 0.6, 0.3), 0.5, light)
    sheet.glow(Stroke(0, 0.86, 0.25, 0.16), 0.4, light)
    for side in _SIDES:
        sheet.glow(Stroke(side * eyes.apart, eyes.height - 0.02, 0.3, 0.2), 0.45, dark)
        sheet.glow(Stroke(side * 0.46, 0.28, 0.26, 0.2), 0.55, light)
        sheet.glow(Stroke(side * 0.46, 0.32, 0.26, 0.2), 0.45 * head.blush, _ROSE)
        sheet.glow(Stroke(side * eyes.apart, eyes.height + 0.15, 0.2, 0.05), 0.25, dark)
    _spots(sheet, person)


def _spots(sheet: Sheet, person: Person) -> None:
    head = person.head
    if head.freckles:
        places = np.random.default_rng(7).uniform((-0.5, 0.08), (0.5, 0.42), (40, 2))
        for x, y in places[: int(40 * head.freckles)]:
            sheet.ellipse(Stroke(x, y, 0.013, 0.013), mixed(head.skin, (40, 60, 120), 0.5), 0.7, 1.5)
    if head.mole:
        sheet.ellipse(Stroke(*head.mole, 0.03, 0.03), (36, 40, 62), softness_px=1.5)


def _nose(sheet: Sheet, person: Person) -> None:
    nose, eyes, skin = person.nose, person.eyes, person.head.skin
    tip, half = _nose_tip(person), nose.width / 2
    light, dark = shaded(skin, 1.16), shaded(skin, 0.5)
    sheet.glow(Stroke(0, (eyes.height + tip) / 2, 0.06, nose.length * 0.75), 0.5 * nose.bridge, light)
    sheet.glow(Stroke(0.09, (eyes.height + tip) / 2 + 0.04, 0.06, nose.length * 0.6), 0.4, dark)
    sheet.glow(Stroke(0, tip + 0.07, nose.width * 0.95, 0.07), 0.5, dark)
    sheet.glow(Stroke(0, tip - 0.02, half * 1.1, 0.08), 0.65, light)
    for side in _SIDES:
        sheet.bow(Stroke(side * half * 1.02, tip + 0.0, 0.06, 0.012, side * -1.2), -0.02, dark, 0.7)
        sheet.ellipse(Stroke(side * half * 0.52, tip + 0.045, 0.034, 0.02, side * -0.3), shaded(skin, 0.3))


def _mouth(sheet: Sheet, person: Person, expression: Expression) -> None:
    mouth, skin = person.mouth, person.head.skin
    line, half = _mouth_line(person), mouth.width * (1.0 + 0.14 * expression.smile)
    bend = mouth.curve + 0.06 * expression.smile
    lip = mixed(shaded(skin, 0.6), (78, 66, 176), 0.3 + 0.35 * mouth.redness)
    gap = 0.075 * expression.talk
    sheet.glow(Stroke(0, line + mouth.lower * 2 + gap + 0.05, 0.2, 0.06), 0.35, shaded(skin, 0.5))
    if gap:
        sheet.ellipse(Stroke(0, line + bend + gap * 0.4, half * 0.8, gap), (38, 30, 66))
        sheet.bow(Stroke(0, line + bend - gap * 0.1, half * 0.6, 0.018), 0.0, _WHITE)
    for side in _SIDES:
        at = Stroke(side * half * 0.36, line - mouth.upper * 0.35, half * 0.66, mouth.upper, side * 0.1)
        sheet.bow(at, bend * 0.6, shaded(lip, 0.9))
    sheet.bow(Stroke(0, line + mouth.lower * 0.45 + gap, half * 0.86, mouth.lower), bend, lip)
    sheet.glow(Stroke(0, line + mouth.lower * 0.8 + gap + bend, half * 0.4, 0.03), 0.3, _WHITE)
    if not gap:
        sheet.bow(Stroke(0, line, half, 0.014), bend, shaded(skin, 0.28))
    for side in _SIDES:
        sheet.glow(Stroke(side * half * 1.02, line, 0.05, 0.05), 0.45, shaded(skin, 0.4))


def _eye(sheet: Sheet, person: Person, side: float, expression: Expression) -> None:
    eyes, skin = person.eyes, person.head.skin
    x, y, turn = side * eyes.apart, eyes.height, side * -eyes.tilt
    lash = shaded(skin, 0.16)
    if expression.shut > 0.5:
        sheet.bow(Stroke(x, y, eyes.width, 0.02, turn), 0.04, lash)
        return
    tall = eyes.open * (1.0 - 0.2 * max(expression.smile, 0.0))
    sheet.ellipse(Stroke(x, y, eyes.width, tall * 1.05, turn), shaded(_WHITE, 0.93))
    _iris(sheet, person, x, y + 0.005, tall)
    sheet.bow(Stroke(x, y - tall * 0.15, eyes.width * 1.12, 0.026, turn), -tall * 0.85, lash)
    sheet.bow(Stroke(x, y + tall * 0.2, eyes.width * 1.02, 0.012, turn), tall * 0.85, shaded(skin, 0.4), 0.9)
    crease = Stroke(x, y - tall * 0.5 - 0.03, eyes.width, 0.01, turn)
    sheet.bow(crease, -tall * 0.8, shaded(skin, 0.45), eyes.lid)


def _iris(sheet: Sheet, person: Person, x: float, y: float, tall: float) -> None:
    # A wide iris is clipped by the lids: no higher than the white.
    radius = min(0.085, person.eyes.width * 0.6)
    high = min(radius, tall)
    sheet.ellipse(Stroke(x, y, radius, high), shaded(person.eyes.iris, 0.6))
    sheet.ellipse(Stroke(x, y, radius * 0.8, high * 0.82), person.eyes.iris)
    sheet.ellipse(Stroke(x, y, radius * 0.45, min(radius * 0.45, high * 0.8)), _INK)
    sheet.ellipse(Stroke(x - radius * 0.3, y - high * 0.35, 0.016, 0.016), _WHITE)


def _brow(sheet: Sheet, person: Person, side: float, expression: Expression) -> None:
    eyes = person.eyes
    y = eyes.height - eyes.brow_rise - 0.02 * max(expression.smile, expression.talk)
    at = Stroke(side * (eyes.apart + 0.01), y, eyes.width * 1.25, eyes.brow_thickness, side * -eyes.brow_tilt)
    sheet.bow(at, -eyes.brow_arch, mixed(shaded(person.hair.colour, 0.7), person.head.skin, 0.12))


def _beard(sheet: Sheet, person: Person) -> None:
    extras, line = person.extras, _mouth_line(person)
    hair = shaded(person.hair.colour, 0.8)
    if extras.beard:
        radius = np.sqrt((sheet.x / 0.52) ** 2 + ((sheet.y - line + 0.1) / 0.62) ** 2)
        jaw = cover(1.0 - radius, 14.0) * cover(line - 0.16 - sheet.y + 0.0 * sheet.x, 14.0)
        chin = cover(((sheet.x / 0.34) ** 2 + ((sheet.y - line - 0.32) / 0.24) ** 2) - 1.0, 10.0)
        sheet.lay(np.maximum(jaw, chin) * np.float32(0.35 + 0.6 * extras.beard), hair)
    if extras.moustache:
        for side in _SIDES:
            at = Stroke(side * 0.13, line - person.mouth.drop * 0.45, 0.18, 0.05, side * 0.25)
            sheet.bow(at, -0.02, hair, 0.4 + 0.6 * extras.moustache)


def _hairline(sheet: Sheet, person: Person) -> None:
    hair, extras = person.hair, person.extras
    if extras.headwear == "hijab":
        opening = (sheet.x / (person.head.width * 0.9)) ** 2 + ((sheet.y - 0.1) / 0.84) ** 2 - 1.0
        sheet.lay(1.0 - cover(opening, 1.5), shaded(extras.cloth, 0.95))
        return
    wave = hair.curl * np.sin(sheet.x * 22.0)
    height = hair.line + hair.dip * sheet.x**2 * 1.6 + hair.part * sheet.x + wave
    on_top = cover(sheet.y - height.astype(np.float32), 2.0)
    temples = cover(np.float32(person.head.width * 0.9) - np.abs(sheet.x), 3.0)
    reach = cover(sheet.y - np.float32(max(hair.length, -0.1)), 3.0)
    strands = 1.0 + 0.05 * np.sin(sheet.x * 55.0 + 4.0 * np.sin(sheet.y * 5.0))
    picture = np.asarray(hair.colour, np.float32) * strands[..., None].astype(np.float32)
    sheet.glow(Stroke(0, hair.line + 0.06, 0.6, 0.12), 0.3, shaded(person.head.skin, 0.5))
    sheet.lay(np.maximum(on_top, temples * reach * (hair.volume > 0.04)), picture)
    _band(sheet, person)


def _band(sheet: Sheet, person: Person) -> None:
    extras = person.extras
    if extras.headwear == "beanie":
        sheet.lay(cover(sheet.y + 0.52 + 0.12 * sheet.x**2), extras.cloth)
        rim = np.abs(sheet.y + 0.52 + 0.12 * sheet.x**2) - 0.1
        sheet.lay(cover(rim), shaded(extras.cloth, 0.8))
    elif extras.headwear == "headband":
        sheet.lay(cover(np.abs(sheet.y + 0.68 - 0.1 * sheet.x**2) - 0.07), extras.cloth)


def _glasses(sheet: Sheet, person: Person) -> None:
    extras, eyes = person.extras, person.eyes
    if extras.glasses == "none":
        return
    power = 2.0 if extras.glasses == "round" else 5.0
    wide, tall = min(eyes.apart * 0.85, 0.27), 0.2 if extras.glasses == "round" else 0.16
    y = eyes.height + 0.03
    for side in _SIDES:
        rim = (
            np.abs((sheet.x - side * eyes.apart) / wide) ** power
            + np.abs((sheet.y - y) / tall) ** power
            - 1.0
        )
        outer, inner = cover(rim - 0.16 * power / 2), cover(rim + 0.1 * power / 2)
        sheet.lay(inner * np.float32(0.1), _WHITE)
        sheet.lay(np.clip(outer - inner, 0.0, 1.0), extras.frame)
        sheet.bow(Stroke(side * (eyes.apart + wide + 0.12), y - 0.02, 0.14, 0.022), 0.0, extras.frame)
    sheet.bow(Stroke(0, y - 0.03, eyes.apart - wide + 0.04, 0.022), -0.03, extras.frame)
