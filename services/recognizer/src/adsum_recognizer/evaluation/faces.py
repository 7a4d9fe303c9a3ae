"""From a photo to the vector of the one face that it is about, by the same steps as a lesson's crops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adsum_recognizer.evaluation.cache import Vectors
from adsum_recognizer.ports import Embedder
from adsum_vision.crops import Crop, ImageTooLarge, UnreadableImage, cut_crop, decode_image
from adsum_vision.judge import FaceDetector
from adsum_vision.quality import MATCHING, assess, refusal
from adsum_vision.types import BgrImage, Face

OFF_CENTER_WEIGHT: Final = 2.0
"""facenet-pytorch, `MTCNN.select_boxes`, `center_weighted_size`: with which its LFW figure was measured."""

RECIPE: Final = "mtcnn center-weighted cut-0.5-320 matching-gate"
"""How a photo becomes a crop. Another recipe makes other vectors: change this with it."""


def vectors_of(photos: Sequence[Path], detector: FaceDetector, embedder: Embedder) -> Vectors:
    """Return each photo's vector; None where it shows no face that a lesson would look at."""
    crops = {photo: crop for photo in photos if (crop := _crop(photo, detector)) is not None}
    embedded = embedder.embed(list(crops.values()))
    found = dict(zip(crops, embedded, strict=True))
    return {photo: found.get(photo) for photo in photos}


def central_face(image: BgrImage, faces: Sequence[Face]) -> Face | None:
    """Return the face that the picture is about: large, and near the middle, where bystanders are not."""
    middle_y, middle_x = (side / 2 for side in image.shape[:2])

    def weight(face: Face) -> float:
        x, y = face.box.center
        return face.box.area - OFF_CENTER_WEIGHT * math.hypot(x - middle_x, y - middle_y) ** 2

    return max(faces, key=weight, default=None)


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
