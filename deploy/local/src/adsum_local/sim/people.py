"""What a drawn person looks like.

Lengths are in *head units*: the origin is the middle of the head, the chin is at +1, the top of the skull
at -1, x grows to the viewer's right and y downwards. Colours are BGR, 0 to 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from adsum_local.sim.painting import Colour

Glasses = Literal["none", "round", "square"]
Headwear = Literal["none", "hijab", "beanie", "headband"]


@dataclass(frozen=True, slots=True)
class Head:
    """The outline of the head and what covers it all over."""

    width: float
    jaw: float
    """Exponent of the outline below the eyes: 1.7 is pointed, 3.4 is square."""
    skin: Colour
    ear: float
    blush: float
    freckles: float
    mole: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Eyes:
    """Both eyes and their brows."""

    height: float
    apart: float
    width: float
    open: float
    tilt: float
    iris: Colour
    lid: float
    brow_rise: float
    brow_thickness: float
    brow_tilt: float
    brow_arch: float


@dataclass(frozen=True, slots=True)
class Nose:
    length: float
    width: float
    bridge: float


@dataclass(frozen=True, slots=True)
class Mouth:
    drop: float
    """From the tip of the nose to the line between the lips."""
    width: float
    upper: float
    lower: float
    curve: float
    redness: float


@dataclass(frozen=True, slots=True)
class Hair:
    """`line`, `part` and `dip` shape the hairline; `volume`, `length`, `curl` and `bun` the outline."""

    colour: Colour
    line: float
    part: float
    dip: float
    volume: float
    length: float
    curl: float
    bun: float


@dataclass(frozen=True, slots=True)
class Extras:
    """What somebody wears on the face or head."""

    headwear: Headwear
    cloth: Colour
    glasses: Glasses
    frame: Colour
    beard: float
    moustache: float


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that the eye can tell about one drawn person."""

    head: Head
    eyes: Eyes
    nose: Nose
    mouth: Mouth
    hair: Hair
    extras: Extras
    shirt: Colour
    trousers: Colour
    height_m: float
