"""One opening of a camera, read by a thread of its own, which may hang: then it is left behind.

Every reader has a slot of its own, so one that was left behind can feed nobody, whenever it wakes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from threading import Condition, Event, Thread

import structlog

from adsum_camera.adapters.capture import Capture, SourceRefused, StreamFacts
from adsum_camera.adapters.frame_rate import FrameRate
from adsum_camera.adapters.frames import Frame, SourceUnavailable
from adsum_camera.clock import Clock
from adsum_camera.watchdog import Ending, Progress
from adsum_vision.types import BgrImage

log = structlog.get_logger()


class Reader:
    """Opens the camera and keeps its newest frame, until it fails or is left behind.

    Frames are numbered from `first_index`. A picture whose `fingerprint` is `frozen` is not new.
    """

    def __init__(
        self,
        opening: Callable[[], Capture],
        clock: Clock,
        most_fps: float,
        *,
        first_index: int,
        frozen: int | None,
    ) -> None:
        self._opening, self._clock, self._period_s = opening, clock, 1 / most_fps
        self._index, self.newest_print = first_index, frozen
        self.progress = Progress(clock.steady())
        self.rate = FrameRate()
        self.facts: StreamFacts | None = None
        self._slot = _NewestFrame()
        self._left_behind = Event()
        self._thread = Thread(target=self._run, name="camera-reader", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs, or hangs."""
        return self._thread.is_alive()

    def take(self, timeout_s: float) -> Frame | None:
        """Return the newest frame as soon as there is one, `None` when none came in time."""
        return self._slot.take(timeout_s)

    def leave(self, patience_s: float = 0.0) -> None:
        """Tell the thread to let go of the camera and end; wait a little for it to do so."""
        self._left_behind.set()
        self._thread.join(patience_s)

    @property
    def _goes_on(self) -> bool:
        return not self._left_behind.is_set() and not self._clock.stopping

    def _run(self) -> None:
        try:
            capture = self._opening()
        except SourceUnavailable as error:
            self._end(Ending(str(error), refused=isinstance(error, SourceRefused)))
            return
        except Exception as error:
            # The thread's outermost loop: whatever it was, the camera is opened anew. The message may
            # hold the address, so only its kind is told.
            self._end(Ending(f"opening failed ({type(error).__name__})"))
            return
        self.progress = replace(self.progress, opened_s=self._clock.steady())
        try:
            self.facts = capture.facts()
            self._read(capture)
            self._end(Ending("the camera brings no more frames"))
        except Exception as error:
            self._end(Ending(f"reading failed ({type(error).__name__})"))
        finally:
            capture.release()

    def _read(self, capture: Capture) -> None:
        """Bring frames until there are none. Every frame is waited for, those that are due are decoded."""
        due_s = self._clock.steady()
        while self._goes_on and capture.grab():
            now_s = self._clock.steady()
            self.rate.came(now_s)
            if now_s < due_s:
                self.progress = replace(self.progress, read_s=now_s)
                continue
            captured_at = self._clock.now()
            image = capture.retrieve()
            if image is None:
                continue
            self._bring(Frame(image, self._index, captured_at), now_s)
            due_s = max(due_s + self._period_s, now_s - 1.0)

    def _bring(self, frame: Frame, now_s: float) -> None:
        """Hand the frame on, unless it is the very one that the camera was left for."""
        print_ = fingerprint(frame.image)
        is_new = print_ != self.newest_print
        self.newest_print = print_
        if is_new:
            self.progress = replace(self.progress, read_s=now_s, new_s=now_s)
        else:
            self.progress = replace(self.progress, read_s=now_s)
        if self.progress.new_s is not None:
            self._slot.put(frame)
            self._index += 1

    def _end(self, ending: Ending) -> None:
        self.progress = replace(self.progress, ending=ending)


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


def fingerprint(image: BgrImage) -> int:
    """Return a number that any change of the picture changes, nearly surely: a sensor's grain is enough.

    One pixel of 64 is looked at (0.1 ms at 1920x1080).
    """
    return zlib.crc32(image[::8, ::8].tobytes())
