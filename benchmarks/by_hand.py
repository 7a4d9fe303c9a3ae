"""What a user would write by hand: search every frame with facenet-pytorch's MTCNN, and keep every face.

Its CPU time is that of detection alone, on one thread, on frames spread over the film; decoding, embedding
and searching come on top and are not counted. Its smallest face is 40 pixels, larger than ours, which is
in its favour. Its register comes from the faces of those frames, each named by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import cv2
import numpy as np
import torch

from adsum_contracts.ids import CameraId
from adsum_vision.crops import cut_crop
from adsum_vision.original import original_mtcnn
from adsum_vision.types import BgrImage, Box, Face
from benchmarks.films import Film
from benchmarks.judge import SeenFace

MIN_FACE_PX = 40
MIN_SCORE = 0.9
"""facenet-pytorch's own bound below which a face is not embedded is 0.95; the lower one finds more."""

BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ByHand:
    """Seconds of CPU for each frame looked at, and the faces found in all of them."""

    cpu_s: tuple[float, ...]
    faces: tuple[SeenFace, ...]

    @property
    def cpu_per_frame_s(self) -> float:
        """The mean, over the film's emptiest and fullest frames."""
        return float(np.mean(self.cpu_s))

    @property
    def faces_per_frame(self) -> float:
        """How many faces a frame has."""
        return len(self.faces) / len(self.cpu_s)


def watch_by_hand(film: Film, every_s: float) -> ByHand:
    """Look at a frame every `every_s` seconds of the film."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    detector = original_mtcnn().MTCNN(keep_all=True, min_face_size=MIN_FACE_PX)
    cpu, faces = [], []
    for second, picture in _frames(film, every_s):
        rgb = np.ascontiguousarray(picture[..., ::-1])
        started = time.process_time()
        boxes, scores, points = detector.detect(rgb, landmarks=True)
        cpu.append(time.process_time() - started)
        if boxes is not None:
            found = zip(boxes, scores, points, strict=True)
            faces += [_seen(picture, second, *each) for each in found if each[1] >= MIN_SCORE]
    torch.set_num_threads(threads)
    return ByHand(tuple(cpu[1:] or cpu), tuple(faces))  # the first one warms up


def _frames(film: Film, every_s: float) -> Iterator[tuple[float, BgrImage]]:
    capture = cv2.VideoCapture(str(film.video))
    wanted = max(1, round(every_s * film.truth.fps))
    try:
        for index in range(film.truth.frames):
            if not capture.grab():
                return
            if index % wanted == 0:
                yield index / film.truth.fps, np.asarray(capture.retrieve()[1], np.uint8)
    finally:
        capture.release()


def _seen(picture: BgrImage, second: float, box: Sequence[float], score: float, points: object) -> SeenFace:
    left, top, right, bottom = (float(value) for value in box)
    landmarks = tuple((float(x), float(y)) for x, y in np.asarray(points))
    face = Face(Box(left, top, right - left, bottom - top), landmarks, float(score))  # type: ignore[arg-type]
    return SeenFace(
        crop=cut_crop(picture, face),
        at=BEGAN + timedelta(seconds=second),
        second=second,
        box=(left, top, right - left, bottom - top),
        camera=CameraId(UUID(int=0)),
    )
