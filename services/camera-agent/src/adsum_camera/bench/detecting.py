"""Detectors measured in turn on the same pictures: how fast, and which faces they find."""

from __future__ import annotations

import importlib
import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from adsum_camera.bench.pictures import Picture
from adsum_vision.judge import FaceDetector
from adsum_vision.laps import Laps
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.types import Box, Face

OURS, THEIRS, YUNET = "adsum", "facenet-pytorch", "yunet"

SAME_FACE = 0.3
"""Shared over joint area from which two boxes mark one face; a middle within a marked box does as well."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Found:
    """What one detector found in all pictures: `marked` of the marked faces, and boxes on none of them.

    `false` counts only where faces are marked. `landmark_distance` is the mean distance to the original's
    landmarks on the faces that both found, in shares of the face's side; None where there is no original.
    """

    faces: int
    marked: int
    false: int
    landmark_distance: float | None


@dataclass(frozen=True, slots=True)
class Side:
    """One detector's figures: median frames a second over the rounds, and CPU and step times of a frame."""

    name: str
    frames_per_second: float
    cpu_ms: float
    found: Found
    steps_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """All detectors at one smallest face; `ratio` is our speed over the original's, where that is here."""

    min_face_px: float
    pictures: int
    marked_faces: int
    ratio: float | None
    sides: tuple[Side, ...]


def original_detector(min_face_px: float, threads: int) -> FaceDetector | None:
    """Return facenet-pytorch's detector where it and torch are installed, which a camera's box has not.

    It is named, not imported: nothing of the agent needs it.
    """
    try:
        detector: FaceDetector = importlib.import_module("adsum_vision.original").OriginalDetector(
            min_face_px=min_face_px, threads=threads
        )
    except ModuleNotFoundError:
        return None
    return detector


class _Contender:
    """One detector, what it finds, and the time it takes."""

    def __init__(self, name: str, detector: FaceDetector, pictures: Sequence[Picture], clock: Clock) -> None:
        self.name = name
        self.faces = [detector.detect(picture.image) for picture in pictures]  # this warms it up
        self._detector, self._clock = detector, clock
        self._rounds_s: list[float] = []
        self._cpu_s = 0.0
        self._steps_s: dict[str, float] = {}

    def begin_round(self) -> None:
        self._rounds_s.append(0.0)

    def look(self, picture: Picture) -> None:
        cpu, started = time.process_time(), self._clock()
        if isinstance(self._detector, MtcnnDetector):
            laps = Laps(self._clock)
            self._detector.detect(picture.image, laps)
            for step, seconds in laps.seconds.items():
                self._steps_s[step] = self._steps_s.get(step, 0.0) + seconds
        else:
            self._detector.detect(picture.image)
        self._rounds_s[-1] += self._clock() - started
        self._cpu_s += time.process_time() - cpu

    def side(self, pictures: Sequence[Picture], original: Sequence[tuple[Face, ...]] | None) -> Side:
        looks = len(pictures) * len(self._rounds_s)
        return Side(
            self.name,
            len(pictures) / statistics.median(self._rounds_s),
            self._cpu_s / looks * 1000,
            found_in(pictures, self.faces, original if self.name != THEIRS else None),
            {step: seconds / looks * 1000 for step, seconds in self._steps_s.items()},
        )


def measure(
    pictures: Sequence[Picture],
    detectors: Mapping[str, FaceDetector],
    min_face_px: float,
    rounds: int,
    clock: Clock = time.perf_counter,
) -> Measured:
    """Let the detectors look at every picture in turn, `rounds` times after one to warm up.

    In turn picture by picture, so that a busy machine is busy for all of them alike.
    """
    contenders = [_Contender(name, detector, pictures, clock) for name, detector in detectors.items()]
    for _ in range(rounds):
        for contender in contenders:
            contender.begin_round()
        for picture, contender in itertools.product(pictures, contenders):
            contender.look(picture)
    original = next((each.faces for each in contenders if each.name == THEIRS), None)
    sides = tuple(contender.side(pictures, original) for contender in contenders)
    speeds = {side.name: side.frames_per_second for side in sides}
    ratio = speeds[OURS] / speeds[THEIRS] if speeds.keys() >= {OURS, THEIRS} else None
    marked = sum(len(picture.marked or ()) for picture in pictures)
    return Measured(min_face_px, len(pictures), marked, ratio, sides)


def found_in(
    pictures: Sequence[Picture],
    faces: Sequence[tuple[Face, ...]],
    original: Sequence[tuple[Face, ...]] | None = None,
) -> Found:
    """Judge the faces found in each picture by the marks, and by what the original found there."""
    marked = false = 0
    for picture, seen in zip(pictures, faces, strict=True):
        if picture.marked is not None:
            marked += sum(any(_same(face.box, mark) for face in seen) for mark in picture.marked)
            false += sum(not any(_same(face.box, mark) for mark in picture.marked) for face in seen)
    pairs = zip(faces, original, strict=True) if original else ()
    distances = [distance for ours, theirs in pairs for distance in _distances(ours, theirs)]
    return Found(sum(map(len, faces)), marked, false, statistics.fmean(distances) if distances else None)


def _same(box: Box, mark: Box) -> bool:
    x, y = box.center
    inside = mark.x <= x <= mark.right and mark.y <= y <= mark.bottom
    return inside or box.iou(mark) >= SAME_FACE


def _distances(ours: Sequence[Face], theirs: Sequence[Face]) -> Iterator[float]:
    """Yield how far our landmarks lie from theirs, for each of their faces that we found, too."""
    for other in theirs:
        mine = max(ours, key=lambda face: face.box.iou(other.box), default=None)
        if mine is not None and mine.box.iou(other.box) >= SAME_FACE:
            between = np.linalg.norm(np.subtract(mine.landmarks, other.landmarks), axis=1)
            yield float(between.mean() / other.box.area**0.5)
