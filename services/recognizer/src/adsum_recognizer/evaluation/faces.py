"""From a photo to the vector of the one face that it is about, by the same steps as a lesson's crops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from adsum_recognizer.evaluation.cache import Vectors
from adsum_recognizer.ports import Embedder
from adsum_vision.crops import Crop, ImageTooLarge, UnreadableImage, cut_crop, decode_image
from adsum_vision.judge import BYSTANDER, FaceDetector
from adsum_vision.quality import MATCHING, assess, refusal
from adsum_vision.types import BgrImage, Face

RECIPE: Final = "mtcnn middle cut-0.5-320 matching-gate"
"""How a photo becomes a crop. Another recipe makes other vectors: change this with it."""


def vectors_of(photos: Sequence[Path], detector: FaceDetector, embedder: Embedder) -> Vectors:
    """Return each photo's vector; None where it shows no face that a lesson would look at."""
    crops = {photo: crop for photo in photos if (crop := _crop(photo, detector)) is not None}
    embedded = embedder.embed(list(crops.values()))
    found = dict(zip(crops, embedded, strict=True))
    return {photo: found.get(photo) for photo in photos}


def central_face(image: BgrImage, faces: Sequence[Face]) -> Face | None:
    """Return the face that the picture is about: the one nearest to its middle, of those that are too large
    for bystanders. LFW's people stand in the middle, not always alone, and not always as the largest.
    """
    middle = np.array(image.shape[1::-1]) / 2
    largest = max((face.box.area for face in faces), default=0.0)
    near = [face for face in faces if face.box.area >= BYSTANDER**2 * largest]
    return min(near, key=lambda face: float(np.linalg.norm(middle - face.box.center)), default=None)


def _crop(photo: Path, detector: FaceDetector) -> Crop | None:
    try:
        image = decode_image(photo.read_bytes())
    except (ImageTooLarge, UnreadableImage):
        return None
    face = central_face(image, detector.detect(image))
    if face is None:
        return None
    crop = cut_crop(image, face)
    return None if refusal(assess(crop, face.score), MATCHING) else crop
