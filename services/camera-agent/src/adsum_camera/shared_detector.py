"""The detector that all cameras of a process share: loaded once, and missed by all when it fails."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from typing import Final

from adsum_camera.errors import SharedPartFailed
from adsum_vision.judge import FaceDetector
from adsum_vision.types import BgrImage, Face

MOST_FAILURES: Final = 3
"""In a row: fewer may be the fault of one camera's pictures."""


class SharedDetector:
    """Finds faces for whoever asks, with as many `detectors` as may be asked at once.

    A failure is the camera's whose picture it was, and raised as it came. When nothing but failures come,
    whosever the pictures, it is ours: `SharedPartFailed`.
    """

    def __init__(self, detectors: Sequence[FaceDetector]) -> None:
        self._free: SimpleQueue[FaceDetector] = SimpleQueue()
        for detector in detectors:
            self._free.put(detector)
        self._failures = 0

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """Return the faces of the picture, largest box first."""
        detector = self._free.get()
        try:
            faces = detector.detect(image)
        except Exception as fault:
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                raise SharedPartFailed(
                    f"The detector failed {self._failures} times in a row: {fault}"
                ) from fault
            raise
        finally:
            self._free.put(detector)
        self._failures = 0
        return faces
