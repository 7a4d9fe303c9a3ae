"""Pictures that are the same on every machine, and what each model makes of them.

The pictures are of nobody: a few ellipses, drawn in whole numbers. The vectors belong to a model's id, which
changes with its weights and with the way from a face to the network: whoever changes either stores new ones,
by `adsum-recognizer models self-test MODEL --json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adsum_contracts.ids import ModelId
from adsum_recognizer.ports import DIMENSIONS, Vectors
from adsum_vision.crops import Crop
from adsum_vision.types import BgrImage, Box

SIDE: Final = 200
PICTURES: Final = 4

STORED: Final = "known_vectors.json"
DIGITS: Final = 6
"""Decimal places that are stored: what they cut off is a thousandth of what two machines differ by."""


def known_picture(variant: int) -> Crop:
    """Return a picture made of ellipses, alike to the last bit wherever it is drawn; `variant`: 0 to 3."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    image: BgrImage = np.stack([columns // 2 + 60, rows // 2 + 80, columns // 4 + 120 + 10 * variant], -1)
    for x, y, width, height, colour in (
        (100, 102, 44 + 3 * variant, 60, (120 + 15 * variant, 150 + 10 * variant, 200)),
        (100, 56, 46, 20 + 4 * variant, (20 + 40 * variant, 30, 40)),
        (82 - variant, 92, 9, 5, (235, 235, 235)),
        (118 + variant, 92, 9, 5, (235, 235, 235)),
        (82 - variant, 92, 4, 4, (40, 60 + 30 * variant, 70)),
        (118 + variant, 92, 4, 4, (40, 60 + 30 * variant, 70)),
        (99, 108, 5, 14 + variant, (90, 110, 150)),
        (100, 136, 16 + 2 * variant, 5, (80, 80, 170)),
    ):
        inside = ((columns - x) * height) ** 2 + ((rows - y) * width) ** 2 <= (width * height) ** 2
        image[inside] = colour
    points = ((82.0, 92.0), (118.0, 92.0), (100.0, 116.0), (85.0, 136.0), (115.0, 136.0))
    return Crop(image.astype(np.uint8), Box(55, 48, 90, 112), points)


def known_vectors(model_id: ModelId) -> Vectors | None:
    """Return the stored unit vectors of the known pictures, (4, 512); None where no machine with the model's
    weights has stored any."""
    stored: Mapping[str, list[list[float]]] = json.loads(
        files("adsum_recognizer").joinpath(STORED).read_text(encoding="utf-8")
    )
    if model_id not in stored:
        return None
    vectors: NDArray[np.float32] = np.array(stored[model_id], np.float32)
    return np.pad(vectors, ((0, 0), (0, DIMENSIONS - vectors.shape[1])))


def as_stored(vectors: Vectors, dimensions: int) -> list[list[float]]:
    """Return the vectors (4, 512) as the file holds them."""
    return [[round(float(value), DIGITS) for value in vector[:dimensions]] for vector in vectors]
