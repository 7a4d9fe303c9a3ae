"""Video files and folders of pictures, played in real time as if they were a camera.

Frame `index` is due at `started_at + index / fps`. Whoever is too slow for a frame never sees it late:
it is skipped, as a camera's would be. `started_at` outlives the process (`Playback`), so an agent that
was killed goes on at the place that the recording has reached by the clock on the wall.
"""

from __future__ import annotations

import json
import math
from collections.abc import Generator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from adsum_camera.adapters.capture import ONE_THREAD, StreamFacts, facts_of
from adsum_camera.adapters.frames import Frame, Silence, SourceHealth, SourceUnavailable
from adsum_camera.clock import Clock
from adsum_vision.types import BgrImage

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
SEEK_FRAMES: Final = 250
"""Above this, jumping in the file is faster than decoding every frame on the way."""
IDLE_S: Final = 0.5


class Recording(Protocol):
    """Pictures by their number."""

    fps: float
    length: int

    def picture(self, index: int) -> BgrImage | None:
        """Return a picture, or `None` behind the end; going forward is fast."""
        ...


class VideoFile:
    """A video that OpenCV can read; raises `SourceUnavailable` when it cannot."""

    def __init__(self, path: Path) -> None:
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_ANY, ONE_THREAD)
        self._next = 0
        if not self._capture.isOpened():
            raise SourceUnavailable(f"The video file {path} cannot be read.")
        self.facts = facts_of(self._capture)
        self.fps = float(self._capture.get(cv2.CAP_PROP_FPS)) or 25.0
        self.length = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        if self.length <= 0 or not 0 < self.fps <= 1000:
            raise SourceUnavailable(f"The video file {path} does not say how long it is.")

    def picture(self, index: int) -> BgrImage | None:
        """Return a picture, or `None` behind the end or where the file is damaged."""
        if not self._next <= index <= self._next + SEEK_FRAMES:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, index)
            self._next = index
        for _ in range(self._next, index):
            self._capture.grab()
        self._next = index + 1
        found, image = self._capture.read()
        return np.asarray(image, np.uint8) if found else None


class PictureFolder:
    """The pictures of a folder in the order of their names; raises `SourceUnavailable` without any."""

    def __init__(self, folder: Path, fps: float) -> None:
        self._paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
        if not self._paths:
            raise SourceUnavailable(f"The folder {folder} holds no pictures.")
        self.facts = StreamFacts("pictures", self._paths[0].suffix[1:].lower(), fps)
        self.fps = fps
        self.length = len(self._paths)

    def picture(self, index: int) -> BgrImage | None:
        """Return a picture, or `None` behind the end or where the file is no picture."""
        image = cv2.imread(str(self._paths[index])) if index < self.length else None
        return None if image is None else np.asarray(image, np.uint8)


@dataclass(frozen=True, slots=True)
class Playback:
    """Which recording was started when: kept in the spool's state."""

    path: str
    size: int
    modified_ns: int
    started_at: str

    @classmethod
    def resumed(cls, kept: str | None, path: Path, now: datetime) -> Playback:
        """Return the playback that `kept` tells of, or one from `now` on when that was another file.

        A start that lies ahead belongs to a clock that was set back since: that is a new playback too.
        """
        status = path.stat()
        new = cls(str(path.resolve()), status.st_size, status.st_mtime_ns, now.isoformat())
        if kept is None:
            return new
        old = cls(**json.loads(kept))
        is_same = (old.path, old.size, old.modified_ns) == (new.path, new.size, new.modified_ns)
        return old if is_same and datetime.fromisoformat(old.started_at) <= now else new

    def to_json(self) -> str:
        """Return what `resumed` reads."""
        return json.dumps(asdict(self))


class Player:
    """Plays a recording by the clock; `most_fps` thins it out, `loop` starts it again at its end.

    Of the moments 1 / `most_fps` apart each shows the frame that is due by then.
    """

    def __init__(
        self, recording: Recording, started_at: datetime, clock: Clock, *, most_fps: float, loop: bool = False
    ) -> None:
        self._recording = recording
        self._started_at = started_at
        self._clock = clock
        self._fps = min(recording.fps, most_fps)
        self._loop = loop
        self._shown_at: float | None = None
        self._ended = False

    def health(self) -> SourceHealth:
        """Return the frames a second that the recording plays with, none once it is over."""
        shown_at = self._shown_at
        age_s = None if shown_at is None else max(0.0, self._clock.steady() - shown_at)
        return SourceHealth(0.0 if self._ended or shown_at is None else self._recording.fps, age_s)

    def moments(self) -> Generator[Frame | Silence]:
        """Yield the frames that are due, `Silence` while none is and at the end, until the stop."""
        recording, fps, clock = self._recording, self._fps, self._clock
        place = (clock.now() - self._started_at).total_seconds() - clock.steady()
        last = math.floor((place + clock.steady()) * fps) - 1
        last = max(last, -1)  # a recording that is to begin later is waited for
        while not clock.stopping:
            elapsed = place + clock.steady()
            due = math.floor(elapsed * fps + 1e-6)
            if due <= last:
                ahead_s = (last + 1) / fps - elapsed
                clock.wait(min(ahead_s, IDLE_S))
                if ahead_s > IDLE_S:
                    yield Silence(self._at(place + clock.steady()), early=True)
                continue
            index = math.floor(due * recording.fps / fps + 1e-6)
            yield self._moment(index, dropped=due - last - 1)
            last = due
            if index >= recording.length and not self._loop:
                clock.wait(IDLE_S)

    def _moment(self, index: int, dropped: int) -> Frame | Silence:
        due_at = self._at(index / self._recording.fps)
        ended = index >= self._recording.length and not self._loop
        self._ended = ended
        image = None if ended else self._recording.picture(index % self._recording.length)
        if image is None:
            return Silence(due_at, ended)
        self._shown_at = self._clock.steady()
        return Frame(image, index, due_at, dropped)

    def _at(self, elapsed_s: float) -> datetime:
        return self._started_at + timedelta(seconds=elapsed_s)
