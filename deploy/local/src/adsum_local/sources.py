"""Look at a video or camera before anything is started for it."""

from __future__ import annotations

from pathlib import Path

import cv2

from adsum_local.errors import SourceUnusable


def video_seconds(path: Path) -> float:
    """The length of a video file in seconds; raise `SourceUnusable`."""
    if not path.is_file():
        raise SourceUnusable(f"there is no video file {path}")
    capture = cv2.VideoCapture(str(path))
    try:
        readable, _ = capture.read()
        fps, frames = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    finally:
        capture.release()
    if not readable or fps <= 0:
        raise SourceUnusable(f"{path} cannot be read as a video: try to play it, or convert it to MP4")
    return max(frames / fps, 1.0)


def check_camera(index: int) -> None:
    """Raise `SourceUnusable` when no picture comes from the camera with this index."""
    capture = cv2.VideoCapture(index)
    try:
        readable = capture.isOpened() and capture.read()[0]
    finally:
        capture.release()
    if not readable:
        raise SourceUnusable(
            f"camera {index} gives no picture: is one connected, free, and may this user read it? "
            f"`adsum demo` without --camera needs none"
        )
