"""What the camera sees, with boxes and names, drawn for people at the box itself or written to a file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from adsum_camera.adapters.frames import Frame
from adsum_camera.errors import CameraAgentError
from adsum_camera.tracking import Track, TrackState
from adsum_contracts.ids import TrackId
from adsum_vision.types import BgrImage

NAMED, FOLLOWED, UNSURE = (80, 200, 80), (220, 180, 60), (150, 150, 150)


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
    """Writes the annotated frames to a video whose time runs as the camera's; raises `PreviewUnavailable`."""

    def __init__(self, path: Path, fps: float) -> None:
        self._path, self._fps = path, fps
        self._writer: cv2.VideoWriter | None = None
        self._first: Frame | None = None
        self._written = 0
        if not path.parent.is_dir():
            raise PreviewUnavailable(f"The preview cannot be written: there is no folder {path.parent}.")

    def show(self, frame: Frame, tracks: tuple[Track, ...], names: dict[TrackId, str]) -> None:
        """Write one frame, as often as it stood."""
        image = annotated(frame.image, tracks, names)
        if self._writer is None or self._first is None:
            self._first, self._writer = frame, self._opened(image)
        seconds = (frame.captured_at - self._first.captured_at).total_seconds()
        while self._written <= seconds * self._fps:
            self._writer.write(image)
            self._written += 1

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()

    def _opened(self, image: BgrImage) -> cv2.VideoWriter:
        code = cv2.VideoWriter.fourcc(*"mp4v")
        writer = cv2.VideoWriter(str(self._path), code, self._fps, (image.shape[1], image.shape[0]))
        if not writer.isOpened():
            raise PreviewUnavailable(f"The preview cannot be written to {self._path}.")
        return writer
