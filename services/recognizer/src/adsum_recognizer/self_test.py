"""At the start, before any work is taken: does the model that was loaded do on this machine what it should?

The files are held against their SHA-256 when they are loaded (`models.verified`). What is left to go wrong is
the machine: a driver, a library or a precision that gives other numbers, or none.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import structlog

from adsum_recognizer.errors import Misconfigured
from adsum_recognizer.ports import Embedder, Vectors
from adsum_vision.crops import Crop
from adsum_vision.types import BgrImage, Box

log = structlog.get_logger()

AGREEMENT: Final = 0.999
"""Centred cosine from which two backends are one model (the project's own bound)."""

SIDE: Final = 200
PICTURES: Final = 4


class SelfTestFailed(Misconfigured):
    """The loaded model does not answer as it should."""


def self_test(embedder: Embedder) -> None:
    """Embed drawn faces alone and together; raise `SelfTestFailed`, in one sentence, unless all is well.

    The vectors have to be finite, of length one, different for different faces, and the same in a batch as
    alone: what is measured is relative to the mean of the set, since all vectors of a model look alike.
    """
    crops = [drawn_face(variant) for variant in range(PICTURES)]
    together = embedder.embed(crops)
    alone = np.concatenate([embedder.embed([crop]) for crop in crops])
    fault = fault_of(together, alone)
    if fault is not None:
        raise SelfTestFailed(
            f"{embedder.spec.name} failed its self-test: {fault}; reinstall it, or run it on another device"
        )
    log.info("self_test_passed", model=embedder.spec.id)


def fault_of(together: Vectors, alone: Vectors) -> str | None:
    """Return what is wrong with the vectors of different faces (rows), computed in a batch and singly."""
    if not (np.isfinite(together).all() and np.isfinite(alone).all()):
        return "its vectors are not numbers"
    if not np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3):
        return "its vectors have not length one"
    mean = together.mean(axis=0)
    batch, single = together - mean, alone - mean
    lengths = np.linalg.norm(batch, axis=1) * np.linalg.norm(single, axis=1)
    if lengths.min() < 1e-6:
        return "it gives different faces the same vector"
    if ((batch * single).sum(axis=1) / lengths).min() < AGREEMENT:
        return "a face has another vector alone than among others"
    return None


def drawn_face(variant: int) -> Crop:
    """Return a face drawn with a few shapes, the same on every machine; it is nobody's."""
    image: BgrImage = np.full((SIDE, SIDE, 3), (150 - 20 * variant, 160, 140 + 20 * variant), np.uint8)
    skin = (120 + 15 * variant, 150 + 10 * variant, 200)
    cv2.ellipse(image, (100, 102), (44 + 3 * variant, 60), 0, 0, 360, skin, -1)
    cv2.ellipse(image, (100, 58), (50, 26 + 4 * variant), 0, 180, 360, (20 + 40 * variant, 30, 40), -1)
    for x in (82 - variant, 118 + variant):
        cv2.ellipse(image, (x, 92), (9, 5), 0, 0, 360, (235, 235, 235), -1)
        cv2.circle(image, (x, 92), 4, (40, 60 + 30 * variant, 70), -1)
        cv2.line(image, (x - 10, 80 - variant), (x + 10, 80), (30, 40, 50), 3)
    cv2.line(image, (100, 95), (96, 118), (90, 110, 150), 3)
    cv2.ellipse(image, (100, 136), (16 + 2 * variant, 5), 0, 0, 180, (80, 80, 170), 3)
    points = ((82.0, 92.0), (118.0, 92.0), (100.0, 116.0), (85.0, 136.0), (115.0, 136.0))
    return Crop(image, Box(55, 48, 90, 112), points)
