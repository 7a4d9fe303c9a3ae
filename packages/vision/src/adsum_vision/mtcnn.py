"""Finds faces: MTCNN (Zhang et al. 2016, "Joint Face Detection and Alignment Using Multi-task Cascaded
Convolutional Networks"), with facenet-pytorch 2.6.0's weights, on OpenVINO.

Three networks in a row: PNet proposes windows on every level of a pyramid, RNet refines them, ONet
decides and adds five landmarks. The networks answer as facenet-pytorch's do; which windows they are shown
is chosen anew, for speed at equal recall (docs/decisions/0014-a-faster-cascade.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adsum_vision._boxes import (
    Boxes,
    best_by_smaller,
    best_by_union,
    pixels,
    regressed,
    squared,
)
from adsum_vision._canvas import NOBODY, canvas_for
from adsum_vision._halves import Halves
from adsum_vision._networks import compiled_networks
from adsum_vision.detector_files import DetectorNotExported, default_detector_dir
from adsum_vision.laps import Laps
from adsum_vision.types import BgrImage, Face, face_from

__all__ = ["ByNetwork", "CascadePolicy", "DetectorNotExported", "MtcnnDetector", "default_detector_dir"]


class ByNetwork(NamedTuple):
    """One number for each of the three networks."""

    pnet: float
    rnet: float
    onet: float


THRESHOLDS = ByNetwork(0.6, 0.6, 0.65)
OVERLAPS = ByNetwork(0.4, 0.4, 0.7)


@dataclass(frozen=True, slots=True)
class CascadePolicy:
    """Which windows go on to the next network.

    `thresholds` are the probabilities that a window must exceed. Of windows that overlap by more than the
    network's `overlaps` (shared over joint area; for ONet over the smaller area) the best alone goes on.
    `factor` is the step of the pyramid. facenet-pytorch's numbers are (0.6, 0.7, 0.7), (0.7, 0.7, 0.7) and
    0.709; ADR 0014 says how ours were chosen.
    """

    thresholds: ByNetwork = THRESHOLDS
    overlaps: ByNetwork = OVERLAPS
    factor: float = 0.55


class _Windows(NamedTuple):
    """Square windows of the picture, and the half-open pixel ranges that they cover in it."""

    boxes: Boxes
    ranges: NDArray[np.int64]


DEFAULT_POLICY = CascadePolicy()


class MtcnnDetector:
    """The detector of enrolment and camera alike.

    `min_face_px` is the side of the smallest window looked at, in pixels of the picture (a face may fill
    two thirds of its window); `threads` the CPU threads to use (default: all). The networks load once,
    here, and raise `DetectorNotExported` where they are missing. One detector serves one thread at a time.
    """

    def __init__(
        self,
        model_dir: Path | None = None,
        *,
        min_face_px: float = 40,
        policy: CascadePolicy = DEFAULT_POLICY,
        threads: int | None = None,
    ) -> None:
        networks = compiled_networks(model_dir or default_detector_dir(), threads)
        self._pnet, self._rnet, self._onet = networks["pnet"], networks["rnet"], networks["onet"]
        self._min_face_px = min_face_px
        self._policy = policy

    def detect(self, image: BgrImage, laps: Laps | None = None) -> tuple[Face, ...]:
        """Return the faces of the picture, largest box first; boxes may reach over its edges.

        `laps` is told how long each step took: resize, pnet, rnet, onet, crop and nms.
        """
        laps = laps or Laps()
        halves = Halves(image)
        proposed = self._proposed(image, halves, laps)
        refined = self._refined(image, halves, proposed, laps)
        return self._decided(halves, refined, laps)

    def _proposed(self, image: BgrImage, halves: Halves, laps: Laps) -> _Windows:
        """Run PNet over the pyramid and return windows worth a second look."""
        height, width = image.shape[:2]
        canvas = canvas_for(height, width, self._min_face_px, self._policy.factor)
        if not canvas.levels:
            return _NOTHING
        drawn = halves.drawn(canvas)
        laps.lap("resize")
        probabilities, offsets = self._pnet(drawn[None])
        laps.lap("pnet")
        likely = (probabilities[0, 1] > self._policy.thresholds.pnet) & (canvas.owner != NOBODY)
        rows, columns = np.nonzero(likely)
        boxes, levels = canvas.located(rows, columns)
        scores = probabilities[0, 1, rows, columns]
        best = best_by_union(boxes, scores, _WITHIN_A_LEVEL, levels)
        best = best[best_by_union(boxes[best], scores[best], self._policy.overlaps.pnet)]
        windows = regressed(boxes[best], offsets[0][:, rows[best], columns[best]].T, extra_px=0)
        return _seen(image, windows, laps)

    def _refined(self, image: BgrImage, halves: Halves, proposed: _Windows, laps: Laps) -> _Windows:
        """Run RNet over the proposals and return the windows of what still looks like a face."""
        if not proposed.boxes.size:
            return _NOTHING
        cut = halves.windows(proposed.ranges, 24)
        laps.lap("crop")
        probabilities, offsets = self._rnet(cut)
        laps.lap("rnet")
        passed = probabilities[:, 1] > self._policy.thresholds.rnet
        boxes, offsets, scores = proposed.boxes[passed], offsets[passed], probabilities[passed, 1]
        best = best_by_union(boxes, scores, self._policy.overlaps.rnet)
        return _seen(image, regressed(boxes[best], offsets[best], extra_px=1), laps)

    def _decided(self, halves: Halves, refined: _Windows, laps: Laps) -> tuple[Face, ...]:
        """Run ONet over the windows left and return the faces."""
        if not refined.boxes.size:
            return ()
        cut = halves.windows(refined.ranges, 48)
        laps.lap("crop")
        probabilities, offsets, points = self._onet(cut)
        laps.lap("onet")
        passed = probabilities[:, 1] > self._policy.thresholds.onet
        boxes, scores = refined.boxes[passed], probabilities[passed, 1]
        landmarks = _placed(points[passed], boxes)
        boxes = regressed(boxes, offsets[passed], extra_px=1)
        best = best_by_smaller(boxes, scores, self._policy.overlaps.onet)
        faces = [face_from(boxes[index], landmarks[index], scores[index]) for index in best]
        laps.lap("nms")
        return tuple(sorted(faces, key=lambda face: face.box.area, reverse=True))


_WITHIN_A_LEVEL = 0.5
"""Overlap beyond which the better of two windows of one level stands for both, as in facenet-pytorch."""

_NOTHING = _Windows(np.empty((0, 4), np.float32), np.empty((0, 4), np.int64))


def _seen(image: BgrImage, boxes: Boxes, laps: Laps) -> _Windows:
    """Square the boxes, and leave out those that lie outside the picture."""
    squares = squared(boxes)
    ranges = pixels(squares, *image.shape[:2])
    seen = (ranges[:, 2:] > ranges[:, :2]).all(axis=1)
    laps.lap("nms")
    return _Windows(squares[seen], ranges[seen])


def _placed(points: NDArray[np.float32], boxes: Boxes) -> NDArray[np.float32]:
    """Return landmarks of shape (n, 5, 2) in the picture, of ONet's (n, 10) shares of the window."""
    corners, sizes = boxes[:, None, :2], boxes[:, None, 2:] - boxes[:, None, :2] + 1
    placed: NDArray[np.float32] = sizes * points.reshape(-1, 2, 5).swapaxes(1, 2) + corners - 1
    return placed
