"""What the camera makes of one frame: faces with the look of their owners, crops, and sole faces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from adsum_camera.adapters.frames import Frame
from adsum_camera.pace import LookEverywhere, Where
from adsum_camera.selection import Candidate, Judged, Unsent
from adsum_camera.static_faces import SIDE, Patch
from adsum_camera.tracking import Detection, Look, Track
from adsum_vision.crops import cut_crop
from adsum_vision.judge import FaceDetector, Verdict, sole_face
from adsum_vision.quality import ENROLMENT, MATCHING, assess, refusal
from adsum_vision.types import BgrImage, Box, Face, moved


def faces(image: BgrImage, detector: FaceDetector, where: Where) -> tuple[Face, ...]:
    """Find the faces of the whole picture, or of regions of it; largest first."""
    if isinstance(where, LookEverywhere):
        return detector.detect(image)
    found = [face for region in where.regions for face in _faces_within(image, detector, region)]
    return tuple(sorted(found, key=lambda face: face.box.area, reverse=True))


def _faces_within(image: BgrImage, detector: FaceDetector, region: Box) -> Iterator[Face]:
    """Yield the faces of a region as they stand in the picture, but none that the region's edge cuts."""
    left, top, right, bottom = int(region.x), int(region.y), int(region.right), int(region.bottom)
    height, width = image.shape[:2]
    for face in detector.detect(np.ascontiguousarray(image[top:bottom, left:right])):
        box = face.box.shifted(left, top)
        if (
            (box.x > left or left == 0)
            and (box.y > top or top == 0)
            and (box.right < right or right == width)
            and (box.bottom < bottom or bottom == height)
        ):
            yield Face(box, moved(face.landmarks, left, top), face.score)


def described(image: BgrImage, found: Iterable[Face]) -> tuple[Detection, ...]:
    """Tell, with each face, what hair and clothes around it look like."""
    return tuple(Detection(face, look_around(image, face.box)) for face in found)


def patch(image: BgrImage, box: Box) -> Patch:
    """Return the box's grey levels as `static_faces` compares them; what is outside the picture is black."""
    side = (max(round(box.width), 1), max(round(box.height), 1))
    cut = cv2.getRectSubPix(image, side, box.center)
    small = cv2.resize(cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def judged(frame: Frame, track: Track, face: Face) -> Judged:
    """Cut the track's face out and judge it: `Unsent`, with its reason, would only mislead the recogniser."""
    if face.box.area < MATCHING.min_face_px**2:
        return Unsent(track, "face_too_small")
    crop = cut_crop(frame.image, face)
    quality = assess(crop, face.score)
    reason = refusal(quality, MATCHING)
    return Unsent(track, reason, quality) if reason else Candidate(track, crop, quality, frame.captured_at)


def sample(image: BgrImage, faces: Sequence[Face]) -> Verdict:
    """Judge the frame as an enrolment's photo is judged, without looking for its faces again."""
    return sole_face(image, _Found(tuple(faces)), ENROLMENT)


def look_around(image: BgrImage, box: Box) -> Look | None:
    """Return how hair and chest are coloured: two histograms of hue, saturation and value, joined.

    Hair is what stands over the box (of MTCNN, which ends at the forehead), the chest what begins half
    a face below the chin. `None` where the picture ends before it shows a good part of either.
    """
    hair = _colours(image, Box(box.x, box.y - 0.35 * box.height, box.width, 0.35 * box.height))
    chest = _colours(
        image, Box(box.x - 0.3 * box.width, box.y + 1.4 * box.height, 1.6 * box.width, 0.8 * box.height)
    )
    return (
        None if hair is None or chest is None else np.asarray(np.concatenate([hair, chest]) / 2, np.float32)
    )


def _colours(image: BgrImage, region: Box) -> Look | None:
    """Return the region's histogram, adding up to one, smoothed so that a little light changes little."""
    height, width = image.shape[:2]
    left, right = max(int(region.x), 0), min(int(region.right), width)
    top, bottom = max(int(region.y), 0), min(int(region.bottom), height)
    if (right - left) * (bottom - top) < 0.4 * region.area or right - left < 4 or bottom - top < 4:
        return None
    patch = cv2.resize(image[top:bottom, left:right], (16, 16), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(patch, cv2.COLOR_BGR2HSV)
    counts = cv2.calcHist([hsv], [0, 1, 2], None, [8, 3, 4], [0, 180, 0, 256, 0, 256])
    return np.asarray(counts.ravel() / counts.sum(), np.float32)


@dataclass(frozen=True, slots=True)
class _Found:
    """A detector for faces that were found before; largest first, as every detector's."""

    faces: tuple[Face, ...]

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """Return the faces, whatever the picture."""
        return self.faces
