"""An open camera or stream: OpenCV behind a port of four methods, which may block for ever."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from adsum_camera.adapters.frames import CameraIndex, SourceUnavailable, StreamUrl
from adsum_camera.adapters.stream_probe import ask_why
from adsum_camera.errors import CameraAgentError
from adsum_camera.watchdog import LivePolicy
from adsum_vision.types import BgrImage

LiveName = CameraIndex | StreamUrl

READ_SHARE: Final = 0.8
"""The library gives up reading after this share of the watchdog's timeout: then no thread is left behind."""

OPEN_SHARE, PROBE_SHARE = 2 / 3, 1 / 4
"""Of the watchdog's timeout for opening: the library's part, then the part of the question why it failed.
Together they leave the watchdog a rest, or the answer would come to nobody."""

ONE_THREAD: Final = (cv2.CAP_PROP_N_THREADS, 1)
"""Decode in the reader's own thread. FFmpeg would take one a core for each camera, which costs a third more
(2.9 against 3.8 ms for a 1080p frame of MPEG-4, two cores) and is late by a frame for each of them."""

SMALLEST_PX: Final = 16
"""A picture with a shorter side is no picture of a room."""


class SourceRefused(SourceUnavailable):
    """The camera is there, and wants another user name or password."""


class SourceStuck(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """Reads hang that only the end of this process can end."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What the stream says of itself; `fps` is 0 where it says nothing."""

    backend: str
    codec: str
    fps: float


class Capture(Protocol):
    """A camera that was opened; each method may block until the library gives up, or for ever."""

    def facts(self) -> StreamFacts:
        """Return what the stream says of itself."""
        ...

    def grab(self) -> bool:
        """Wait for the next frame; say whether one came."""
        ...

    def retrieve(self) -> BgrImage | None:
        """Return the frame that came, `None` for one that is no usable picture."""
        ...

    def release(self) -> None:
        """Let go of the camera."""
        ...


class CvCapture:
    """OpenCV's capture; what it throws at damaged streams is a frame that did not come."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture

    def facts(self) -> StreamFacts:
        """Return what the stream says of itself."""
        return facts_of(self._capture)

    def grab(self) -> bool:
        """Wait for the next frame; say whether one came."""
        try:
            return self._capture.grab()
        except cv2.error:
            return False

    def retrieve(self) -> BgrImage | None:
        """Return the frame that came, `None` for one that is no usable picture."""
        try:
            found, image = self._capture.retrieve()
        except cv2.error:
            return None
        return usable(image) if found else None

    def release(self) -> None:
        """Let go of the camera."""
        self._capture.release()


def opened(name: LiveName, policy: LivePolicy) -> Capture:
    """Open the camera or the stream; raises `SourceUnavailable`, `SourceRefused`."""
    if isinstance(name, CameraIndex):
        return _opened_camera(name)
    options = [
        *ONE_THREAD,
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(OPEN_SHARE * policy.open_timeout_s * 1000)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(READ_SHARE * policy.read_timeout_s * 1000)),
    ]
    capture = cv2.VideoCapture(name.url, cv2.CAP_FFMPEG, options)
    if not capture.isOpened():
        answer = ask_why(name.url, PROBE_SHARE * policy.open_timeout_s)
        refusal = SourceRefused if answer.refused else SourceUnavailable
        raise refusal(f"The stream {name} cannot be opened: {answer.reason}.")
    return CvCapture(capture)


def _opened_camera(name: CameraIndex) -> Capture:
    require_plugged_in(name)
    capture = cv2.VideoCapture(name.number)
    if not capture.isOpened():
        raise SourceUnavailable(f"Camera {name.number} cannot be opened: is another program using it?")
    return CvCapture(capture)


def require_plugged_in(name: LiveName) -> None:
    """Raise `SourceUnavailable` for a camera that this machine does not have (Linux alone can tell).

    A stream's camera may be switched on later; a number that is not there is a wrong number.
    """
    if not isinstance(name, CameraIndex) or os.uname().sysname != "Linux":
        return
    if not Path(f"/dev/video{name.number}").exists():
        raise SourceUnavailable(f"There is no camera {name.number} here.")


def facts_of(capture: cv2.VideoCapture) -> StreamFacts:
    """Return what an open capture says of its stream."""
    fps = capture.get(cv2.CAP_PROP_FPS)
    return StreamFacts(capture.getBackendName(), _codec(int(capture.get(cv2.CAP_PROP_FOURCC))), max(fps, 0.0))


def _codec(fourcc: int) -> str:
    """Return the four letters of a codec, lower case, `unknown` for none."""
    letters = (fourcc & 0xFFFFFFFF).to_bytes(4, "little").decode("ascii", "replace").strip(" \0")
    return letters.lower() if letters.isprintable() and letters else "unknown"


def usable(image: object) -> BgrImage | None:
    """Return the picture as BGR, uint8 (height, width, 3), or `None` for what no picture can be made of."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim not in {2, 3}:
        return None
    if min(image.shape[:2]) < SMALLEST_PX:
        return None
    channels = 1 if image.ndim == 2 else image.shape[2]
    conversion = {1: cv2.COLOR_GRAY2BGR, 4: cv2.COLOR_BGRA2BGR}.get(channels)
    if conversion is not None:
        return np.asarray(cv2.cvtColor(image, conversion), np.uint8)
    return image if channels == 3 else None
