"""Writes an MP4, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import cv2

from adsum_local.sim.plan import SimulationError
from adsum_local.sim.sprites import Pixels


class FrameSink(Protocol):
    """Takes the frames of a video in order."""

    def write(self, frame: Pixels) -> None:
        """Append one frame (height, width, 3)."""
        ...


@contextmanager
def writing_video(path: Path, size: tuple[int, int], fps: int) -> Iterator[FrameSink]:
    """Yield a sink for an MPEG-4 file that takes its name only once it is complete.

    Raises `SimulationError` where the file cannot be written.
    """
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    # 0x7634706D is "mp4v", the one codec that every OpenCV wheel can write into an MP4.
    writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*"mp4v"), float(fps), size)
    if not writer.isOpened():
        raise SimulationError(f"cannot write a video to {path.parent}")
    try:
        yield _Sink(writer)
        writer.release()
        _check_written(part)
        part.replace(path)
    finally:
        writer.release()
        part.unlink(missing_ok=True)


class _Sink:
    def __init__(self, writer: cv2.VideoWriter) -> None:
        self._writer = writer

    def write(self, frame: Pixels) -> None:
        self._writer.write(frame)


def _check_written(part: Path) -> None:
    """Read the file back as far as its first frame: a full disk passes OpenCV's writer unnoticed."""
    capture = cv2.VideoCapture(str(part))
    try:
        readable = capture.isOpened() and capture.read()[0]
    finally:
        capture.release()
    if not readable:
        raise SimulationError(f"the video could not be written to {part.parent}: is the disk full?")
