"""What is measured of a source's pictures, before anything is judged. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_vision.crops import cut_crop
from adsum_vision.quality import MATCHING, FaceFault, assess, refusal, sharpness
from adsum_vision.types import BgrImage, Face

Third = Literal["top", "middle", "bottom"]
THIRDS: Final[tuple[Third, ...]] = ("top", "middle", "bottom")

UNDEREXPOSED, OVEREXPOSED = 16, 250
"""Grey values beyond which a sensor of 8 bits keeps no detail."""

SHARPNESS_WIDTH: Final = 960
CHANGE: Final = 12
"""Grey values: more than a sensor's grain or a coder's noise after scaling down to a sixth and less."""


@dataclass(frozen=True, slots=True)
class Light:
    """Mean luma, shares of pixels that are nearly black or white, deviation of luma: all 0 to 1."""

    brightness: float
    underexposed: float
    overexposed: float
    contrast: float


def light(images: Sequence[BgrImage]) -> Light:
    """Measure the light over all pictures together."""
    greys = [_grey(image, 320) for image in images]
    return Light(
        brightness=fmean(float(grey.mean()) for grey in greys) / 255,
        underexposed=fmean(float((grey < UNDEREXPOSED).mean()) for grey in greys),
        overexposed=fmean(float((grey >= OVEREXPOSED).mean()) for grey in greys),
        contrast=fmean(float(grey.std()) for grey in greys) / 255,
    )


def picture_sharpness(images: Sequence[BgrImage]) -> float:
    """Return the median of the pictures' sharpness (`adsum_vision.quality.sharpness`) at one common width."""
    return float(np.median([sharpness(_grey(image, SHARPNESS_WIDTH)) for image in images]))


def movement(images: Sequence[BgrImage]) -> float:
    """Return the mean share of the picture (0 to 1) that changes from one picture to the next."""
    small = [_grey(image, 160).astype(np.int16) for image in images]
    pairs = [
        float((np.abs(after - before) > CHANGE).mean())
        for before, after in pairwise(small)
        if before.shape == after.shape
    ]
    return fmean(pairs) if pairs else 0.0


def _grey(image: BgrImage, width: int) -> NDArray[np.uint8]:
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


@dataclass(frozen=True, slots=True)
class SeenFace:
    """One face of one picture: its side in pixels, where it is, and why it would not be sent."""

    face: Face
    px: float
    third: Third
    sharpness: float
    reason: FaceFault | None


def seen_face(image: BgrImage, face: Face, smallest_px: float) -> SeenFace:
    """Judge a face as the agent does before it sends one; it looks for none below `smallest_px`."""
    quality = assess(cut_crop(image, face), face.score)
    third = THIRDS[min(2, max(0, int(3 * face.box.center[1] / image.shape[0])))]
    px = math.sqrt(face.box.area)
    reason = "face_too_small" if px < smallest_px else refusal(quality, MATCHING)
    return SeenFace(face, px, third, quality.sharpness, reason)


@dataclass(frozen=True, slots=True)
class Pace:
    """How frames came: `fps` over the whole time; the gaps' deviation and the longest, in seconds."""

    fps: float
    jitter_s: float
    longest_gap_s: float


def pace(captured_s: Sequence[float], dropped: int) -> Pace | None:
    """Measure from the frames' times, oldest first; `None` for fewer than two."""
    gaps = [after - before for before, after in pairwise(captured_s)]
    if not gaps or sum(gaps) <= 0:
        return None
    return Pace((len(gaps) + dropped) / sum(gaps), pstdev(gaps), max(gaps))
