"""Finds faces: MTCNN (Zhang et al. 2016, "Joint Face Detection and Alignment Using Multi-task Cascaded
Convolutional Networks"), with facenet-pytorch 2.6.0's weights and arithmetic, on OpenVINO.

Three networks in a row: PNet proposes windows on every level of a pyramid, RNet refines them, ONet
decides and adds five landmarks. Boxes, landmarks and probabilities equal facenet-pytorch's `MTCNN.detect`
(docs/decisions/0003-mtcnn-on-openvino.md states how closely).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adsum_vision._area import AreaMeans, Pixels
from adsum_vision._boxes import (
    Boxes,
    Scores,
    best_by_smaller,
    best_by_union,
    level_size,
    pixels,
    pyramid,
    regressed,
    squared,
    windows,
)
from adsum_vision.detector_files import DetectorNotExported, default_detector_dir, network_files
from adsum_vision.runtime import ov
from adsum_vision.types import BgrImage, Box, Face

__all__ = ["DetectorNotExported", "MtcnnDetector", "default_detector_dir"]

MAX_BATCH = 512
"""Windows looked at in one go: bounds the memory that a picture full of texture takes."""


class MtcnnDetector:
    """The detector of enrolment and camera alike.

    `min_face_px` is the side of the smallest window looked at, in pixels of the picture (a face may fill
    two thirds of its window); `thresholds` are
    the probabilities above which PNet, RNet and ONet pass a window on; `factor` is the step of the
    pyramid; `threads` the CPU threads to use (default: all). The networks load once, here, and raise
    `DetectorNotExported` where they are missing. One detector serves one thread at a time.
    """

    def __init__(
        self,
        model_dir: Path | None = None,
        *,
        min_face_px: float = 40,
        thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7),
        factor: float = 0.709,
        threads: int | None = None,
    ) -> None:
        networks = _compiled(model_dir or default_detector_dir(), threads)
        self._pnet, self._rnet, self._onet = networks["pnet"], networks["rnet"], networks["onet"]
        self._min_face_px = min_face_px
        self._thresholds = thresholds
        self._factor = factor

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """Return the faces of the picture, largest box first; boxes may reach over its edges."""
        means = AreaMeans(image)
        proposals = self._proposed(means, image.shape[0], image.shape[1])
        refined = self._refined(means, pixels(proposals, *image.shape[:2]), proposals)
        return self._decided(means, pixels(refined, *image.shape[:2]), refined)

    def _proposed(self, means: AreaMeans, height: int, width: int) -> Boxes:
        """Run PNet over the pyramid and return square windows worth a second look."""
        found = [
            self._proposed_at(means.whole(*level_size(height, width, scale)), scale)
            for scale in pyramid(height, width, self._min_face_px, self._factor)
        ]
        boxes = np.concatenate([_NO_BOXES, *(boxes for boxes, _, _ in found)])
        offsets = np.concatenate([_NO_BOXES, *(offsets for _, offsets, _ in found)])
        scores = np.concatenate([_NO_SCORES, *(scores for _, _, scores in found)])
        best = best_by_union(boxes, scores, 0.7)
        return squared(regressed(boxes[best], offsets[best], extra_px=0))

    def _proposed_at(self, level: Pixels, scale: float) -> tuple[Boxes, Boxes, Scores]:
        probabilities, offsets = _infer(self._pnet, level[None])
        rows, columns = np.nonzero(probabilities[0, 1] >= self._thresholds[0])
        boxes, scores = windows(rows, columns, scale), probabilities[0, 1, rows, columns]
        best = best_by_union(boxes, scores, 0.5)
        return boxes[best], offsets[0][:, rows[best], columns[best]].T, scores[best]

    def _refined(self, means: AreaMeans, ranges: NDArray[np.int64], boxes: Boxes) -> Boxes:
        """Run RNet over the proposals and return the square windows of what still looks like a face."""
        seen = _not_empty(ranges)
        if not seen.any():
            return _NO_BOXES
        probabilities, offsets = self._looked_at(self._rnet, means, ranges[seen], 24)
        passed = probabilities[:, 1] > self._thresholds[1]
        boxes, offsets, scores = boxes[seen][passed], offsets[passed], probabilities[passed, 1]
        best = best_by_union(boxes, scores, 0.7)
        return squared(regressed(boxes[best], offsets[best], extra_px=1))

    def _decided(self, means: AreaMeans, ranges: NDArray[np.int64], boxes: Boxes) -> tuple[Face, ...]:
        """Run ONet over the windows left and return the faces."""
        seen = _not_empty(ranges)
        if not seen.any():
            return ()
        probabilities, offsets, points = self._looked_at(self._onet, means, ranges[seen], 48)
        passed = probabilities[:, 1] > self._thresholds[2]
        boxes, scores = boxes[seen][passed], probabilities[passed, 1]
        corner, size = boxes[:, None, :2], boxes[:, None, 2:] - boxes[:, None, :2] + 1
        landmarks = size * points[passed].reshape(-1, 2, 5).swapaxes(1, 2) + corner - 1
        boxes = regressed(boxes, offsets[passed], extra_px=1)
        best = best_by_smaller(boxes, scores, 0.7)
        faces = (_face(boxes[index], landmarks[index], scores[index]) for index in best)
        return tuple(sorted(faces, key=lambda face: face.box.area, reverse=True))

    def _looked_at(
        self, network: ov.CompiledModel, means: AreaMeans, ranges: NDArray[np.int64], size: int
    ) -> tuple[NDArray[np.float32], ...]:
        batches = [
            _infer(network, means.windows(ranges[start : start + MAX_BATCH], size))
            for start in range(0, len(ranges), MAX_BATCH)
        ]
        return tuple(np.concatenate(parts) for parts in zip(*batches, strict=True))


_NO_BOXES: Boxes = np.empty((0, 4), np.float32)
_NO_SCORES: Scores = np.empty(0, np.float32)


def _compiled(folder: Path, threads: int | None) -> dict[str, ov.CompiledModel]:
    core = ov.Core()
    # Processors with bfloat16 would use it unasked, and find other faces than those without.
    options: dict[str, str | int] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    if threads is not None:
        options["INFERENCE_NUM_THREADS"] = threads
    return {name: core.compile_model(path, "CPU", options) for name, path in network_files(folder).items()}


def _infer(network: ov.CompiledModel, inputs: Pixels) -> tuple[NDArray[np.float32], ...]:
    outputs = network(inputs, share_inputs=True)
    return tuple(outputs[index] for index in range(len(network.outputs)))


def _not_empty(ranges: NDArray[np.int64]) -> NDArray[np.bool_]:
    left, top, right, bottom = ranges.T
    seen: NDArray[np.bool_] = (right > left) & (bottom > top)
    return seen


def _face(box: NDArray[np.float32], landmarks: NDArray[np.float32], score: np.float32) -> Face:
    left, top, right, bottom = (float(edge) for edge in box)
    eye_left, eye_right, nose, mouth_left, mouth_right = ((float(x), float(y)) for x, y in landmarks)
    return Face(
        box=Box(left, top, right - left, bottom - top),
        landmarks=(eye_left, eye_right, nose, mouth_left, mouth_right),
        score=float(score),
    )
