"""Invents drawn people, as different from each other as we can make them.

A person is a pure function of a vector of genes, numbers in [0, 1), one for each trait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from adsum_local.sim.painting import Colour, mixed, shaded
from adsum_local.sim.people import Extras, Eyes, Glasses, Hair, Head, Headwear, Mouth, Nose, Person

_T = TypeVar("_T")

_SKIN: Final[tuple[Colour, ...]] = (
    (58, 76, 112),
    (72, 104, 158),
    (98, 140, 198),
    (132, 172, 222),
    (150, 180, 224),
    (164, 188, 230),
)
_HAIR: Final[tuple[Colour, ...]] = (
    (24, 22, 24),
    (28, 38, 62),
    (34, 62, 104),
    (40, 72, 156),
    (98, 160, 206),
    (30, 30, 110),
    (104, 92, 60),
    (22, 20, 20),
)
_IRIS: Final[tuple[Colour, ...]] = (
    (40, 58, 92),
    (28, 40, 62),
    (140, 104, 62),
    (84, 122, 78),
    (120, 120, 110),
)
_CLOTH: Final[tuple[Colour, ...]] = (
    (168, 120, 60),
    (70, 84, 190),
    (96, 150, 96),
    (60, 160, 214),
    (150, 90, 140),
    (128, 128, 128),
    (196, 190, 176),
    (92, 70, 52),
    (120, 160, 224),
    (178, 168, 84),
)
_GLASSES: Final[tuple[Glasses, ...]] = ("none", "none", "round", "square")
_FRAMES: Final[tuple[Colour, ...]] = ((30, 28, 28), (40, 50, 120), (110, 70, 40))
_TROUSERS: Final[tuple[Colour, ...]] = ((92, 66, 48), (60, 58, 58), (74, 96, 118), (120, 96, 70))


@dataclass(frozen=True, slots=True)
class _Cut:
    """A haircut, before each wearer's own variation."""

    line: float
    part: float
    dip: float
    volume: float
    length: float
    curl: float
    bun: float = 0.0


_CUTS: Final[tuple[_Cut, ...]] = (
    _Cut(line=-0.62, part=0.0, dip=0.25, volume=0.06, length=-0.15, curl=0.0),  # cropped
    _Cut(line=-0.55, part=0.28, dip=0.15, volume=0.14, length=0.0, curl=0.01),  # side parting
    _Cut(line=-0.36, part=0.0, dip=0.06, volume=0.14, length=0.62, curl=0.0),  # bob with a fringe
    _Cut(line=-0.66, part=0.1, dip=0.5, volume=0.13, length=1.45, curl=0.012),  # long
    _Cut(line=-0.52, part=0.0, dip=0.3, volume=0.34, length=0.1, curl=0.05),  # curls
    _Cut(line=-0.62, part=0.0, dip=0.4, volume=0.10, length=0.0, curl=0.0, bun=0.34),  # bun
    _Cut(line=-0.86, part=0.0, dip=0.1, volume=0.02, length=-0.3, curl=0.0),  # shaved
    _Cut(line=-0.48, part=-0.3, dip=0.2, volume=0.18, length=0.95, curl=0.03),  # shoulder long, waves
    _Cut(line=-0.42, part=0.12, dip=-0.1, volume=0.22, length=0.05, curl=0.03),  # mop
    _Cut(line=-0.58, part=0.0, dip=0.3, volume=0.46, length=0.35, curl=0.02),  # afro
)
_HEADWEAR: Final[tuple[Headwear, ...]] = (
    "none",
    "none",
    "none",
    "none",
    "none",
    "none",
    "hijab",
    "beanie",
    "headband",
)


_TELLING: Final[dict[str, float]] = {
    "eyes apart": 28,
    "glasses": 24,
    "skin": 16,
    "nose length": 11,
    "mouth width": 10,
    "eye width": 9,
    "nose width": 8,
    "brow tilt": 8,
    "eye tilt": 8,
    "eye height": 7,
    "brow thickness": 6,
    "brow arch": 6,
    "eye opening": 5,
    "haircut": 4,
    "mouth drop": 4,
    "brow rise": 4,
    "iris": 3,
    "head width": 3,
    "beard": 3,
    "moustache": 3,
    "headwear": 2,
}
"""How far a trait moves the vector of a face network, in thousandths of cosine from one end of its range to
the other: least squares over the pairs of 420 random people through dlib's ResNet."""

_FREE: Final = (
    *("lip curve", "lower lip", "upper lip", "redness", "shirt", "trousers", "height", "jaw", "ear", "blush"),
    *("freckles", "mole", "mole x", "mole y", "lid", "bridge", "hair colour", "hair shine", "hairline"),
    *("parting", "volume", "length", "cloth", "frame"),
)
TRAITS: Final = (*_TELLING, *_FREE)
"""The order of the genes."""


class _Genes:
    """Reads a vector of genes by the names of the traits."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self._values = dict(zip(TRAITS, values.tolist(), strict=True))

    def between(self, trait: str, low: float, high: float) -> float:
        return low + (high - low) * float(self._values[trait])

    def choose(self, trait: str, options: Sequence[_T]) -> _T:
        return options[int(self._values[trait] * len(options))]

    def above(self, trait: str, threshold: float) -> float:
        """Zero for most people, then growing to one."""
        return max(0.0, (float(self._values[trait]) - threshold) / (1.0 - threshold))

    def along(self, trait: str, ramp: Sequence[Colour]) -> Colour:
        place = self._values[trait] * (len(ramp) - 1)
        low = int(place)
        return mixed(ramp[low], ramp[low + 1], place - low)


def express(genes: NDArray[np.float64]) -> Person:
    """Return the person of these numbers in [0, 1), one for each of `TRAITS`."""
    g = _Genes(genes)
    return Person(
        head=_head(g),
        eyes=_eyes(g),
        nose=Nose(
            length=g.between("nose length", 0.24, 0.48),
            width=g.between("nose width", 0.11, 0.32),
            bridge=g.between("bridge", 0.2, 1.0),
        ),
        mouth=_mouth(g),
        hair=_hair(g),
        extras=_extras(g),
        shirt=g.choose("shirt", _CLOTH),
        trousers=g.choose("trousers", _TROUSERS),
        height_m=g.between("height", 1.52, 1.74),
    )


def _head(g: _Genes) -> Head:
    mole = g.between("mole x", -0.45, 0.45), g.between("mole y", 0.25, 0.6)
    return Head(
        width=g.between("head width", 0.68, 0.86),
        jaw=g.between("jaw", 1.8, 3.4),
        skin=g.along("skin", _SKIN),
        ear=g.between("ear", 0.8, 1.25),
        blush=g.between("blush", 0.0, 0.5),
        freckles=g.above("freckles", 0.75),
        mole=mole if g.above("mole", 0.8) else None,
    )


def _eyes(g: _Genes) -> Eyes:
    return Eyes(
        height=g.between("eye height", -0.18, 0.06),
        apart=g.between("eyes apart", 0.24, 0.43),
        width=g.between("eye width", 0.11, 0.2),
        open=g.between("eye opening", 0.05, 0.11),
        tilt=g.between("eye tilt", -0.25, 0.25),
        iris=g.choose("iris", _IRIS),
        lid=g.between("lid", 0.1, 0.6),
        brow_rise=g.between("brow rise", 0.13, 0.25),
        brow_thickness=g.between("brow thickness", 0.015, 0.072),
        brow_tilt=g.between("brow tilt", -0.36, 0.3),
        brow_arch=g.between("brow arch", 0.0, 0.08),
    )


def _mouth(g: _Genes) -> Mouth:
    return Mouth(
        drop=g.between("mouth drop", 0.15, 0.26),
        width=g.between("mouth width", 0.15, 0.31),
        upper=g.between("upper lip", 0.025, 0.055),
        lower=g.between("lower lip", 0.035, 0.09),
        curve=g.between("lip curve", 0.0, 0.06),
        redness=g.between("redness", 0.1, 1.0),
    )


def _hair(g: _Genes) -> Hair:
    cut = g.choose("haircut", _CUTS)
    return Hair(
        colour=shaded(g.choose("hair colour", _HAIR), g.between("hair shine", 0.8, 1.2)),
        line=cut.line + g.between("hairline", -0.06, 0.06),
        part=cut.part * g.choose("parting", (-1.0, 1.0)),
        dip=cut.dip,
        volume=cut.volume * g.between("volume", 0.85, 1.15),
        length=cut.length + g.between("length", -0.08, 0.08),
        curl=cut.curl,
        bun=cut.bun,
    )


def _extras(g: _Genes) -> Extras:
    headwear = g.choose("headwear", _HEADWEAR)
    smooth = headwear in {"hijab", "headband"}
    return Extras(
        headwear=headwear,
        cloth=g.choose("cloth", _CLOTH),
        glasses=g.choose("glasses", _GLASSES),
        frame=g.choose("frame", _FRAMES),
        beard=0.0 if smooth else g.above("beard", 0.78),
        moustache=0.0 if smooth else g.above("moustache", 0.8),
    )


def cast(
    rng: np.random.Generator, count: int, accept: Callable[[Person], bool], candidates: int = 1000
) -> tuple[Person, ...]:
    """Invent `count` people whom `accept` takes, each as unlike the earlier ones as the best candidate is.

    Mitchell's best-candidate sampling (SIGGRAPH 1991), by how well a network would tell them apart.
    """
    weights = np.array([_TELLING.get(trait, 0) for trait in TRAITS])
    chosen = np.empty((0, len(TRAITS)))
    people: list[Person] = []
    while len(people) < count:
        tries = rng.random((candidates, len(TRAITS)))
        apart = np.abs(tries[:, None] - chosen[None]) @ weights
        genes = tries[apart.min(axis=1, initial=np.inf).argmax()]
        person = express(genes)
        if accept(person):
            people.append(person)
            chosen = np.vstack([chosen, genes])
    return tuple(people)
