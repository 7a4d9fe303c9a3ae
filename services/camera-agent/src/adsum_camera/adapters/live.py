"""Cameras and streams: a thread reads them, so that a slow look at one frame never delays the next.

Only the newest frame is kept. A camera that falls silent is opened again, with growing pauses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Condition, Thread
from typing import Final

import cv2
import numpy as np
import structlog

from adsum_camera.adapters.frame_rate import FrameRate
from adsum_camera.adapters.frames import (
    CameraIndex,
    Frame,
    Silence,
    SourceHealth,
    SourceUnavailable,
    StreamUrl,
)
from adsum_camera.clock import Clock

log = structlog.get_logger()

LiveName = CameraIndex | StreamUrl
SILENCE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class LivePolicy:
    """Frames a second to look at, and how long a stream may take to open and to bring a frame."""

    most_fps: float = 10.0
    open_timeout_s: float = 10.0
    read_timeout_s: float = 10.0


class LiveSource:
    """A camera or a stream; the first opening fails with `SourceUnavailable`, later ones are tried again."""

    def __init__(self, name: LiveName, clock: Clock, policy: LivePolicy) -> None:
        self._name, self._clock, self._policy = name, clock, policy
        self._capture = _opened(name, policy)
        self._slot = _NewestFrame()
        self._rate = FrameRate()
        self._reconnects = 0

    def health(self) -> SourceHealth:
        """Return what the camera brings, looked at or not."""
        now_s = self._clock.steady()
        return SourceHealth(self._rate.fps(now_s), self._rate.age_s(now_s), self._reconnects)

    def moments(self) -> Iterator[Frame | Silence]:
        """Yield the newest frame whenever there is a new one, until the stop.

        Raises `SourceUnavailable` when the reading thread has failed: better to be started again than
        to say for ever that there is no signal.
        """
        reader = Thread(target=self._read, name="camera-reader", daemon=True)
        reader.start()
        while not self._clock.stopping:
            frame = self._slot.take(SILENCE_S)
            if frame is None and not reader.is_alive() and not self._clock.stopping:
                raise SourceUnavailable(f"The reader of {self._name} has failed.")
            yield frame if frame is not None else Silence(self._clock.now())

    def _read(self) -> None:
        """Bring frames until the stop; what the camera does wrong is answered by opening it again."""
        index = 0
        next_due = self._clock.steady()
        while not self._clock.stopping:
            if not self._capture.grab():
                self._reopen()
                continue
            self._rate.came(self._clock.steady())
            if self._clock.steady() < next_due:
                continue
            captured_at = self._clock.now()
            found, image = self._capture.retrieve()
            if found:
                self._slot.put(Frame(np.asarray(image, np.uint8), index, captured_at))
                index += 1
            next_due = max(next_due + 1 / self._policy.most_fps, self._clock.steady() - 1.0)
        self._capture.release()

    def _reopen(self) -> None:
        self._capture.release()
        log.warning("camera_silent", source=str(self._name))
        pause = 1.0
        while not self._clock.stopping:
            self._clock.wait(pause)
            try:
                self._capture = _opened(self._name, self._policy)
            except SourceUnavailable:
                pause = min(2 * pause, LONGEST_PAUSE_S)
            else:
                self._reconnects += 1
                log.info("camera_back", source=str(self._name))
                return


class _NewestFrame:
    """Holds one frame; a frame that nobody took before the next one came counts as dropped."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._frame: Frame | None = None

    def put(self, frame: Frame) -> None:
        with self._changed:
            passed = 0 if self._frame is None else self._frame.dropped + 1
            self._frame = replace(frame, dropped=passed)
            self._changed.notify()

    def take(self, timeout_s: float) -> Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None, timeout_s)
            frame, self._frame = self._frame, None
            return frame


def _opened(name: LiveName, policy: LivePolicy) -> cv2.VideoCapture:
    """Open the camera or the stream, or raise `SourceUnavailable`."""
    open_it: Callable[[], cv2.VideoCapture]
    if isinstance(name, CameraIndex):
        open_it, sentence = lambda: cv2.VideoCapture(name.number), f"There is no camera {name.number} here."
    else:
        timeouts = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(policy.open_timeout_s * 1000)),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(policy.read_timeout_s * 1000)),
        ]
        open_it = lambda: cv2.VideoCapture(name.url, cv2.CAP_FFMPEG, timeouts)  # noqa: E731 - two ways to open
        sentence = f"The stream {name} cannot be opened: is its address right, and the camera on?"
    capture = open_it()
    if not capture.isOpened():
        raise SourceUnavailable(sentence)
    return capture
