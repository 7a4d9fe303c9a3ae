"""How usable a cut-out face is: measured from pixels and landmarks, judged by a policy. All pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_vision.crops import Crop
from adsum_vision.types import Landmarks

ENOUGH_PX: Final = 160
"""A side that gives FaceNet every pixel it looks at; more adds nothing."""

SHARPNESS_PX: Final = 64
"""Faces are brought to this size before sharpness is measured, so that size and sharpness stay apart."""

SHARP: Final = 0.08
"""As sharp as the median of LFW's photos: more is grain rather than detail."""

LIT: Final = 0.3
"""Mean luma between this and its mirror, 0.7, is good light: 98 of 100 photos of LFW lie within."""

CONTRASTED: Final = 0.2
"""Root mean square contrast of a face in plain light: 95 of 100 photos of LFW have more."""

BURNT_OUT: Final = 247
"""Grey values from here to 255 show no skin any more: the range of over-exposure prevention in
ISO/IEC 29794-5. Its counterpart for dark pixels is not used: it would punish dark skin, hair and beards."""

NOSE_DEPTH: Final = 0.5
"""How far the tip of the nose stands before the plane of eyes and mouth, in distances between the eyes."""

NOSE_HEIGHT: Final = 0.56
"""Where the nose stands on the way from eyes to mouth, seen from the front: near the median of LFW (0.54)
and of group photos (0.60)."""

FaceFault = Literal[
    "low_detection_score",
    "cut_by_the_edge",
    "face_too_small",
    "too_dark",
    "too_bright",
    "turned_away",
    "too_blurred",
]
"""What can be wrong with a face: each is a `PictureFault` of a photo, and an `UnsentReason` of a camera."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured of one face; `score` makes one number of it.

    `face_px` is the box's side (geometric mean) in the crop, `sharpness` see the function. Of the face's
    grey values `brightness` is the mean, 0 to 1, `contrast` the standard deviation over the mean (Peli
    1990, "Contrast in complex images"), `burnt_out` the share that is as good as white.
    Angles are in degrees and rough (five landmarks, no camera): `roll` is positive clockwise, `yaw`
    positive towards the right of the picture, `pitch` positive downwards.
    `shown` is the share of the box that the picture holds, `cut_by_edge` whether eyes, nose or mouth are
    out of it, or nearly.
    """

    face_px: float
    sharpness: float
    brightness: float
    yaw: float
    roll: float
    pitch: float
    detector_score: float
    cut_by_edge: bool
    contrast: float = 1.0
    burnt_out: float = 0.0
    shown: float = 1.0

    @property
    def parts(self) -> tuple[float, ...]:
        """Size, sharpness, light, contrast, pose, wholeness and detection, each from 0 (useless) to 1.

        Light is full between `LIT` and 1 - `LIT`, falls evenly to either end, and loses the pixels that
        are burnt out. Pose is the product of the angles' cosines: the share of a flat face that still
        faces the camera (yaw, pitch), and of an upright one that still stands (roll).
        """
        turned = (max(math.cos(math.radians(angle)), 0.0) for angle in (self.yaw, self.pitch, self.roll))
        lit = min(self.brightness / LIT, (1 - self.brightness) / LIT, 1.0)
        return (
            min(self.face_px / ENOUGH_PX, 1.0),
            min(self.sharpness / SHARP, 1.0),
            max(lit, 0.0) * (1 - self.burnt_out),
            min(self.contrast / CONTRASTED, 1.0),
            math.prod(turned),
            self.shown,
            min(max(self.detector_score, 0.0), 1.0),
        )

    @property
    def score(self) -> float:
        """The one number, 0 to 1, to compare two crops of a face by: the geometric mean of the parts.

        The geometric mean lets no strength make up for a part that is near zero.
        """
        return math.prod(self.parts) ** (1 / len(self.parts))


@dataclass(frozen=True, slots=True)
class QualityPolicy:
    """The least that a face must bring; angles are largest absolute values in degrees."""

    min_detector_score: float
    min_face_px: float
    min_sharpness: float
    min_brightness: float
    max_brightness: float
    max_yaw: float
    max_pitch: float
    max_roll: float


ENROLMENT: Final = QualityPolicy(
    min_detector_score=0.9,
    min_face_px=60,
    min_sharpness=0.025,
    min_brightness=0.15,
    max_brightness=0.85,
    max_yaw=45,
    max_pitch=40,
    max_roll=40,
)
"""A template is compared with every lesson to come, so it must be good.

Of 250 photos of LFW, 249 pass (one is turned away); blurred by a Gaussian of 4 pixels none does, at 15 %
of their light none, overexposed 4. Drawn faces of 75 to 140 pixels pass but for 10 of 142.
"""

MATCHING: Final = QualityPolicy(
    min_detector_score=0.8,
    min_face_px=28,
    min_sharpness=0.008,
    min_brightness=0.08,
    max_brightness=0.93,
    max_yaw=60,
    max_pitch=60,
    max_roll=60,
)
"""One crop of many in a lesson: what the track's other crops can outvote may be worse.

All 250 photos of LFW pass, all 56 faces of the group photos, and of 235 drawn faces of 40 to 140 pixels 229
(the rest: detection score). Drawn faces blurred by a sixteenth of their size: 20 of 235 pass.
"""


def assess(crop: Crop, detector_score: float) -> Quality:
    """Measure the crop of `cut_crop`, which reaches beyond the face on every side but where the picture
    ends: so it shows by itself what the edge has cut off. Raises `ValueError` for a box outside of it.
    """
    grey = _face_in_grey(crop)
    roll, yaw, pitch = angles(crop.landmarks)
    mean = max(float(grey.mean()), 1.0)
    return Quality(
        face_px=math.sqrt(crop.box.area),
        sharpness=sharpness(grey),
        brightness=mean / 255,
        yaw=yaw,
        roll=roll,
        pitch=pitch,
        detector_score=detector_score,
        cut_by_edge=is_cut(crop),
        contrast=float(grey.std()) / mean,
        burnt_out=float((grey >= BURNT_OUT).mean()),
        shown=shown(crop),
    )


def refusal(quality: Quality, policy: QualityPolicy) -> FaceFault | None:
    """Return the first thing wrong with the face, what a person can mend first; None for a usable one."""
    turned = (
        abs(quality.yaw) > policy.max_yaw
        or abs(quality.pitch) > policy.max_pitch
        or abs(quality.roll) > policy.max_roll
    )
    checks: tuple[tuple[bool, FaceFault], ...] = (
        (quality.detector_score < policy.min_detector_score, "low_detection_score"),
        (quality.cut_by_edge, "cut_by_the_edge"),
        (quality.face_px < policy.min_face_px, "face_too_small"),
        (quality.brightness < policy.min_brightness, "too_dark"),
        (quality.brightness > policy.max_brightness, "too_bright"),
        (turned, "turned_away"),
        (quality.sharpness < policy.min_sharpness, "too_blurred"),
    )
    return next((reason for wrong, reason in checks if wrong), None)


def is_cut(crop: Crop) -> bool:
    """Say whether a landmark lies outside the crop, or nearer to its edge than a tenth of the face.

    The box does not tell: around a tightly cut portrait it reaches far beyond the edge.
    """
    height, width = crop.image.shape[:2]
    room = 0.1 * math.sqrt(crop.box.area)
    return any(min(x, y, width - x, height - y) < room for x, y in crop.landmarks)


def shown(crop: Crop) -> float:
    """Return the share of the face's box that the crop holds, 0 to 1."""
    height, width = crop.image.shape[:2]
    return crop.box.within(width, height).area / crop.box.area if crop.box.area > 0 else 0.0


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian over the variance of the grey values of a face of fixed size.

    The variance of the Laplacian is Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield
    microscopy"; dividing by the picture's own variance makes it the same in dim and in bright light, and
    a Gaussian of 0.7 pixels before it keeps grain from passing for detail. A picture of one grey has none.
    """
    spread = float(grey.var())
    if spread < 1:
        return 0.0
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.7)
    return float(cv2.Laplacian(smooth, cv2.CV_64F).var()) / spread


def angles(landmarks: Landmarks) -> tuple[float, float, float]:
    """Return roll, yaw and pitch in degrees, from where the nose stands between eyes and mouth.

    Seen from the front the nose stands over the middle line, `NOSE_HEIGHT` of the way down. A nose that
    stands `NOSE_DEPTH` eye distances before the face's plane moves by depth * tan(angle) against it as
    the face turns (both shrink by the cosine).
    """
    left_eye, right_eye, nose, left_mouth, right_mouth = (complex(x, y) for x, y in landmarks)
    eyes, mouth = (left_eye + right_eye) / 2, (left_mouth + right_mouth) / 2
    across = right_eye - left_eye
    roll = math.atan2(across.imag, across.real)
    # Turned upright and measured in eye distances; a profile shows almost none, hence the floor.
    scale = max(abs(across), 0.3 * abs(mouth - eyes), 1e-6)
    upright = across.conjugate() / max(abs(across), 1e-6) / scale
    mouth_at, nose_at = (mouth - eyes) * upright, (nose - eyes) * upright
    down = nose_at.imag / mouth_at.imag if mouth_at.imag > 1e-6 else 1.0
    yaw = math.atan((nose_at.real - down * mouth_at.real) / NOSE_DEPTH)
    pitch = math.atan((down - NOSE_HEIGHT) / NOSE_DEPTH)
    return math.degrees(roll), math.degrees(yaw), math.degrees(pitch)


def _face_in_grey(crop: Crop) -> NDArray[np.uint8]:
    """Return the box, as far as the crop holds it, in grey and of a fixed size."""
    height, width = crop.image.shape[:2]
    left, top = max(int(crop.box.x), 0), max(int(crop.box.y), 0)
    right, bottom = min(math.ceil(crop.box.right), width), min(math.ceil(crop.box.bottom), height)
    if right <= left or bottom <= top:
        raise ValueError(f"the box {crop.box} lies outside the crop of {width} x {height}")
    face = crop.image[top:bottom, left:right]
    smaller = max(face.shape[:2]) > SHARPNESS_PX
    fixed = cv2.resize(
        face, (SHARPNESS_PX, SHARPNESS_PX), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    )
    return np.asarray(cv2.cvtColor(fixed, cv2.COLOR_BGR2GRAY), np.uint8)
