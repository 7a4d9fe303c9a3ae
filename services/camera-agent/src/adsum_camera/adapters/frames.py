"""Where pictures come from: what a source yields, and which source a name means."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import cv2

from adsum_camera.errors import CameraAgentError
from adsum_vision.types import BgrImage


class SourceUnavailable(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The camera, the stream or the file cannot be used."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture; `dropped` counts the frames that passed unseen since the one before."""

    image: BgrImage
    index: int
    captured_at: datetime
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Silence:
    """No picture came; `ended` when none will: the recording is over. `early` when none was due yet."""

    at: datetime
    ended: bool = False
    early: bool = False


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """`fps` is what the source brings (not what is looked at), `frame_age_s` the age of its newest picture.

    `reconnects` counts how often it was opened again. `frame_age_s` is `None` before the first picture.
    """

    fps: float
    frame_age_s: float | None
    reconnects: int = 0


class Source(Protocol):
    """A camera or a recording."""

    def moments(self) -> Generator[Frame | Silence]:
        """Yield frames as they come, and a `Silence` at least every second without one, until the stop."""
        ...

    def health(self) -> SourceHealth:
        """Return how the source is doing; any thread may ask."""
        ...


@dataclass(frozen=True, slots=True)
class CameraIndex:
    """A camera of this machine, by number."""

    number: int


@dataclass(frozen=True, slots=True)
class StreamUrl:
    """An RTSP or HTTP stream; its password shows in no log and no message."""

    url: str = field(repr=False)

    def __str__(self) -> str:
        return without_credentials(self.url)


SourceName = CameraIndex | StreamUrl | Path


def source_named(text: str) -> SourceName:
    """Read what the user wrote: a number, an address, or the path of a file or a folder.

    Raises `SourceUnavailable` when there is no such path, and for an address that cannot be read.
    """
    if re.fullmatch(r"\d{1,3}", text):
        return CameraIndex(int(text))
    if re.match(r"(rtsps?|https?)://", text, re.IGNORECASE):
        return _stream(text)
    path = Path(text).expanduser()
    if not path.exists():
        raise SourceUnavailable(f"There is no video file or folder {without_credentials(text)}.")
    return path


def _stream(url: str) -> StreamUrl:
    try:
        parts = urlsplit(url)
        if not parts.hostname or parts.port == 0:
            raise ValueError
    except ValueError:
        raise SourceUnavailable(
            f"The address {without_credentials(url)} cannot be read: it needs a host, a number as its port, "
            "and in its password / ? # @ [ ] written as %2F %3F %23 %40 %5B %5D."
        ) from None
    return StreamUrl(url)


def without_credentials(text: str) -> str:
    """Return an address with whatever may be a secret left out, and any other text as it is.

    User and password end at the last @, wherever it stands, since passwords are written unescaped. Some
    cameras want them in the query, which is left out, or as `password=…` in the path.
    """
    scheme, found, rest = text.partition("://")
    if not found:
        return text
    address = re.split(r"[?#]", rest.rpartition("@")[2])[0]
    masked = re.sub(r"(?i)((?:user|pass|pwd|token|key)[a-z]*=)[^/]*", r"\1…", address)
    return f"{scheme.lower()}://{masked}"


def tame_opencv(threads: int) -> None:
    """Bound OpenCV's threads, silence it, and have it read RTSP over TCP.

    It would write addresses to standard error, passwords included. Over UDP a busy network tears holes into
    pictures. A read of a camera of this machine ends after 5 s, before the watchdog gives it up.
    """
    cv2.setNumThreads(threads)
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "rtsp_transport;tcp"
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "5")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
