"""Which detector finds the faces: one name in the settings, one protocol for whoever uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from adsum_vision.judge import FaceDetector
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.yunet import YunetDetector, YunetNotFound

DetectorName = Literal["mtcnn", "yunet"]


def detector_named(
    name: DetectorName,
    *,
    min_face_px: float = 40,
    threads: int | None = None,
    model: Path | None = None,
) -> FaceDetector:
    """Make the detector of that name, for faces from `min_face_px` upwards.

    `model` is mtcnn's folder of exported networks (default: as installed), or yunet's model file, which
    has no default. `threads` are mtcnn's CPU threads; yunet runs on OpenCV's (`cv2.setNumThreads`). Raises
    `DetectorNotExported` or `YunetNotFound`, which say what to do.
    """
    match name:
        case "mtcnn":
            return MtcnnDetector(model, min_face_px=min_face_px, threads=threads)
        case "yunet":
            if model is None:
                raise YunetNotFound(Path("(no file)"), "is not a model file")
            return YunetDetector(model, min_face_px=min_face_px)
