"""What the camera sees, with boxes and names, drawn for people at the box itself or written to a file."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from adsum_camera.adapters.frames import Frame
from adsum_camera.errors import CameraAgentError
from adsum_camera.tracking import Track, TrackState
from adsum_contracts.ids import TrackId
from adsum_vision.types import BgrImage

NAMED, FOLLOWED, UNSURE = (80, 200, 80), (220, 180, 60), (150, 150, 150)
LONGEST_STILL_S: Final = 5.0
"""A picture stands no longer than this in a preview's video: a gap, or a clock that was set, is left out."""


class PreviewUnavailable(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The preview's port is taken, or its file cannot be written."""


def annotated(image: BgrImage, tracks: tuple[Track, ...], names: dict[TrackId, str]) -> BgrImage:
    """Return a copy of the frame with a box for every track, and the name where the server told one."""
    drawn = image.copy()
    font = cv2.FontFace("sans")
    for track in tracks:
        if track.state is TrackState.LOST:
            continue
        name = names.get(track.id)
        colour = NAMED if name else FOLLOWED if track.state is TrackState.SEEN else UNSURE
        x, y = round(track.box.x), round(track.box.y)
        right, bottom = round(track.box.right), round(track.box.bottom)
        cv2.rectangle(drawn, (x, y), (right, bottom), colour, 2)
        cv2.putText(drawn, name or track.id.hex[:4], (x, max(y - 6, 14)), colour, font, 16)
    return np.asarray(drawn, np.uint8)


class FilePreview:
    """Writes the annotated frames to a video whose time runs as the camera's; raises `PreviewUnavailable`.

    The video has the first frame's size, to which later ones are brought.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self._path, self._fps = path, fps
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._begins_at: datetime | None = None
        self._written = 0
        if not path.parent.is_dir():
            raise PreviewUnavailable(f"The preview cannot be written: there is no folder {path.parent}.")

    def show(self, frame: Frame, tracks: tuple[Track, ...], names: dict[TrackId, str]) -> None:
        """Write one frame, as often as it stood."""
        image = annotated(frame.image, tracks, names)
        if self._writer is None:
            self._size = (image.shape[1], image.shape[0])
            self._writer = self._opened()
        for _ in range(self._owed(frame.captured_at)):
            self._writer.write(cv2.resize(image, self._size))
            self._written += 1

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()

    def _owed(self, at: datetime) -> int:
        """Return how many frames the video lacks until `at`; after a gap or a jump it goes on with one."""
        length = timedelta(seconds=self._written / self._fps)
        still = timedelta(seconds=LONGEST_STILL_S)
        if self._begins_at is None or not -still <= at - self._begins_at - length <= still:
            self._begins_at = at - length
        frames = math.floor((at - self._begins_at).total_seconds() * self._fps + 1e-3)
        return max(0, frames + 1 - self._written)

    def _opened(self) -> cv2.VideoWriter:
        writer = cv2.VideoWriter(str(self._path), cv2.VideoWriter.fourcc(*"mp4v"), self._fps, self._size)
        if not writer.isOpened():
            raise PreviewUnavailable(f"The preview cannot be written to {self._path}.")
        return writer
