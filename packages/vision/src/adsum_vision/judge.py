"""Finds the one face that a picture is about: one rule for uploaded photos and for a camera's samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from adsum_contracts.routes import PictureFault
from adsum_vision.crops import Crop, cut_crop
from adsum_vision.quality import Quality, QualityPolicy, assess, refusal
from adsum_vision.types import BgrImage, Face

BYSTANDER: Final = 1 / 3
"""A face whose box is less than this share of the largest one's side belongs to the background."""


class FaceDetector(Protocol):
    """What finds faces: `MtcnnDetector`, or a test's few lines."""

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """Return the faces of the picture, largest box first."""
        ...


@dataclass(frozen=True, slots=True)
class Accepted:
    """The picture shows one usable face; `face` is in pixels of the picture, `crop` holds its own."""

    crop: Crop
    face: Face
    quality: Quality


@dataclass(frozen=True, slots=True)
class Refused:
    """The picture shows no face, several, or one that is not usable."""

    reason: PictureFault


Verdict = Accepted | Refused


def sole_face(image: BgrImage, detector: FaceDetector, policy: QualityPolicy) -> Verdict:
    """Return the one face of the picture, or why there is none to use.

    Faces far smaller than the largest (`BYSTANDER`) do not count: people pass behind. Anybody larger
    does, since we cannot know whom of two the picture is about.
    """
    faces = detector.detect(image)
    if not faces:
        return Refused("no_face")
    main, *others = faces
    if any(other.box.area > BYSTANDER**2 * main.box.area for other in others):
        return Refused("two_faces")
    crop = cut_crop(image, main)
    quality = assess(crop, main.score)
    reason = refusal(quality, policy)
    return Refused(reason) if reason else Accepted(crop, main, quality)
