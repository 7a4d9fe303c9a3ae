"""People cut from photos instead of drawn: `DIR/enrolled/<person>/*` and `DIR/strangers/<person>/*`.

The first three photos of an enrolled person (by name of the file) enrol, the others appear in the
video. A head is cut out softly around the face that the detector finds, and stands on a drawn body.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import frexp
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from adsum_local.sim.auditions import new_detector
from adsum_local.sim.bodies import Clothes
from adsum_local.sim.casting import cast
from adsum_local.sim.company import PORTRAITS, Company, ids_of, names_of
from adsum_local.sim.motion import Pose
from adsum_local.sim.plan import SimPlan, SimulationError
from adsum_local.sim.sprites import FaceArea, Pixels, Sprite, at_resolution
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.types import Box

_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
_FACE_M: Final = 0.21
"""Height of a face on the same scale as the drawn ones, metres."""

_MIN_SCORE: Final = 0.95
_MAX_SIDE_PX: Final = 640
_MAX_VIDEO_PHOTOS: Final = 6


@dataclass(frozen=True, slots=True)
class _Sitter:
    """One person's usable photos."""

    portraits: tuple[Pixels, ...]
    heads: tuple[Sprite, ...]


class PhotoActor:
    """Shows the next photo whenever the person turns to something else."""

    def __init__(self, heads: tuple[Sprite, ...], clothes: Clothes) -> None:
        self._heads = heads
        self._fitted: dict[tuple[int, int], Sprite] = {}
        self.clothes = clothes

    def head(self, pose: Pose, metre_px: float) -> Sprite:
        """Return the head cut from this moment's photo, fit to be pasted at `metre_px` pixels a metre."""
        key = (pose.glance % len(self._heads), frexp(metre_px)[1])
        if key not in self._fitted:
            self._fitted[key] = at_resolution(self._heads[key[0]], metre_px)
        return self._fitted[key]


def photo_company(plan: SimPlan, folder: Path) -> Company:
    """Choose the people of this plan from a folder of photos.

    Raises `SimulationError` where the folder is missing, or has too few people with enough usable photos.
    """
    detector = new_detector(min_face_px=40)
    notices: list[str] = []
    rng = np.random.default_rng((plan.seed, 6))
    students = _chosen(folder / "enrolled", PORTRAITS, plan.students, detector, rng, notices)
    strangers = _chosen(folder / "strangers", 0, plan.strangers, detector, rng, notices)
    looks = cast(rng, plan.students + plan.strangers, lambda _: True, candidates=1)
    actors = {
        who: PhotoActor(
            sitter.heads, Clothes(_skin(sitter.heads[0]), look.shirt, look.trousers, look.height_m)
        )
        for who, (sitter, look) in enumerate(zip((*students, *strangers), looks, strict=True))
    }
    return Company(
        ids_of(plan), names_of(plan), actors, lambda student: students[student].portraits, tuple(notices)
    )


def _chosen(
    folder: Path,
    enrolling: int,
    wanted: int,
    detector: MtcnnDetector,
    rng: np.random.Generator,
    notices: list[str],
) -> tuple[_Sitter, ...]:
    """Return the first `wanted` usable people, in an order that the seed shuffles."""
    if not wanted:
        return ()
    if not folder.is_dir():
        raise SimulationError(f"there is no folder {folder}")
    people = sorted(path for path in folder.iterdir() if path.is_dir())
    found: list[_Sitter] = []
    for place in rng.permutation(len(people)).tolist():
        if len(found) == wanted:
            break
        sitter = _sitter(people[place], enrolling, detector)
        if sitter:
            found.append(sitter)
        else:
            notices.append(
                f"left out {people[place].name}: fewer than {enrolling + 1} photos with a clear face"
            )
    if len(found) < wanted:
        raise SimulationError(
            f"{folder} has {len(found)} people with {enrolling + 1} clear photos; {wanted} are needed"
        )
    return tuple(found)


def _sitter(folder: Path, enrolling: int, detector: MtcnnDetector) -> _Sitter | None:
    """Return the person's first photos for enrolment, the others as heads; None where they do not suffice."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    usable = list(_usable(paths[: enrolling + _MAX_VIDEO_PHOTOS], detector))
    if len(usable) <= enrolling:
        return None
    portraits, others = usable[:enrolling], usable[enrolling:]
    return _Sitter(
        tuple(photo for photo, _ in portraits), tuple(_cut_out(photo, box) for photo, box in others)
    )


def _usable(paths: list[Path], detector: MtcnnDetector) -> Iterator[tuple[Pixels, Box]]:
    for path in paths:
        photo = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if photo is None:
            continue
        pixels = _fitted(np.asarray(photo, np.uint8))
        face = _middle_face(pixels, detector)
        if face:
            yield pixels, face


def _fitted(photo: Pixels) -> Pixels:
    scale = _MAX_SIDE_PX / max(photo.shape[:2])
    if scale >= 1.0:
        return photo
    return np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _middle_face(photo: Pixels, detector: MtcnnDetector) -> Box | None:
    """Return the clear face nearest to the middle of the photo."""
    height, width = photo.shape[:2]
    boxes = [face.box for face in detector.detect(photo) if face.score >= _MIN_SCORE]
    return min(
        boxes,
        key=lambda box: (box.center[0] - width / 2) ** 2 + (box.center[1] - height / 2) ** 2,
        default=None,
    )


def _cut_out(photo: Pixels, box: Box) -> Sprite:
    """Cut the head out along a soft ellipse around the face."""
    height, width = photo.shape[:2]
    x, y = box.center
    rx, ry = 0.7 * box.height, 0.92 * box.height
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = np.sqrt(((columns - x) / rx) ** 2 + ((rows - y + 0.12 * box.height) / ry) ** 2)
    alpha = np.clip((1.0 - radius) / 0.12, 0.0, 1.0).astype(np.float32)
    face = FaceArea(x, y, box.width, box.height)
    return Sprite.of(photo.astype(np.float32), alpha, (x, y), box.height / _FACE_M, face)


def _skin(head: Sprite) -> tuple[float, float, float]:
    """Return the colour of the cheeks, for the neck below them."""
    face = head.face
    if face is None:
        raise ValueError("a head cut from a photo has a face")
    x, y, reach = round(face.x), round(face.y + 0.12 * face.height), max(2, round(0.25 * face.width))
    cheeks = head.pixels[max(y - 2, 0) : y + 3, max(x - reach, 0) : x + reach, :3]
    b, g, r = (float(channel) for channel in np.median(cheeks.reshape(-1, 3), axis=0))
    return b, g, r
