"""What is known of one camera before it is watched, wherever that was written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from adsum_camera.credentials import Credentials
from adsum_camera.pace import PacePolicy
from adsum_camera.zones import Zone
from adsum_contracts.ids import CameraId
from adsum_vision.detectors import DetectorName, detector_named
from adsum_vision.judge import FaceDetector


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """Which detector, and the smallest face it looks for; cameras with equal plans share one.

    `model` is the file of a detector that does not come with us.
    """

    name: DetectorName = "mtcnn"
    model: Path | None = None
    min_face_px: float = 36.0

    def loaded(self, mtcnn_dir: Path, threads: int) -> FaceDetector:
        """Load it; `mtcnn_dir` is the folder of our own detector, `threads` are its CPU threads.

        Raises `DetectorNotExported` or `YunetNotFound`, which say what to do.
        """
        model = mtcnn_dir if self.name == "mtcnn" else self.model
        return detector_named(self.name, min_face_px=self.min_face_px, threads=threads, model=model)


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """One camera: who it is, where its pictures come from, and how to look at them.

    `credentials` and `source` (a number, address or path, which may hold a password) show in no message.
    `spool_dir` is this camera's alone.  `starts_at`:
    when a recording begins to play, for a lesson that is opened for it.
    """

    id: CameraId
    name: str
    credentials: Credentials = field(repr=False)
    source: str = field(repr=False)
    spool_dir: Path
    fps: float
    detector: DetectorPlan
    pace: PacePolicy
    zones: tuple[Zone, ...] = ()
    starts_at: datetime | None = None
