"""Cameras and streams that never stop: one reader at a time, watched, and replaced when nothing new comes.

Reading and opening happen in the reader's thread, for both may hang. Whoever runs through `moments` is the
watchdog: it looks at the reader's progress at least twice a second.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from typing import Final

import structlog

from adsum_camera.adapters.capture import Capture, LiveName, SourceStuck, StreamFacts, opened
from adsum_camera.adapters.frames import CameraIndex, Frame, Silence, SourceHealth
from adsum_camera.adapters.reader import Reader
from adsum_camera.clock import Clock
from adsum_camera.watchdog import Ending, Fault, LivePolicy, Patience, Progress, fault

log = structlog.get_logger()

SILENCE_S: Final = 0.5
FAREWELL_S: Final = 2.0
"""How long the end waits for the reader to let go of the camera."""

REASONS: Final[dict[Fault, str]] = {
    "ended": "the camera brings no more frames",
    "stuck": "no frame came in time, and the read does not end",
    "frozen": "the camera repeats one picture",
}


class LiveSource:
    """A camera or a stream, away or not: it is opened when it can be, and opened again when it is lost."""

    def __init__(
        self,
        name: LiveName,
        clock: Clock,
        policy: LivePolicy,
        *,
        opening: Callable[[LiveName, LivePolicy], Capture] = opened,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._name, self._clock, self._policy = name, clock, policy
        self._opening, self._chance = opening, chance
        self._reader: Reader | None = None
        self._stuck: list[Reader] = []
        self._patience = Patience()
        self._opens_at_s = clock.steady()
        self._next_index = 0
        self._frozen: int | None = None
        self._newest_s: float | None = None
        self._came_back = -1
        self._announced = False
        self.trouble: str | None = None

    @property
    def facts(self) -> StreamFacts | None:
        """What the stream says of itself; `None` while it is not open."""
        return None if self._reader is None else self._reader.facts

    def health(self) -> SourceHealth:
        """Return what the camera brings, looked at or not; a picture that never changes grows old."""
        reader, now_s = self._reader, self._clock.steady()
        newest_s = (
            self._newest_s if reader is None or reader.progress.new_s is None else reader.progress.read_s
        )
        age_s = None if newest_s is None else max(0.0, now_s - newest_s)
        return SourceHealth(0.0 if reader is None else reader.rate.fps(now_s), age_s, max(0, self._came_back))

    def moments(self) -> Generator[Frame | Silence]:
        """Yield the newest frame whenever there is a new one, until the stop.

        Raises `SourceStuck` when more reads hang than are borne: only a new process is rid of them.
        """
        try:
            while not self._clock.stopping:
                self._watch(self._clock.steady())
                frame = self._next_frame()
                yield frame if frame is not None else Silence(self._clock.now())
        finally:
            if self._reader is not None:
                self._reader.leave(FAREWELL_S)

    def _next_frame(self) -> Frame | None:
        if self._reader is None:
            self._clock.wait(min(SILENCE_S, max(0.0, self._opens_at_s - self._clock.steady())))
            return None
        frame = self._reader.take(SILENCE_S)
        if frame is not None:
            self._next_index = frame.index + 1
        return frame

    def _watch(self, now_s: float) -> None:
        """Start a reader when it is time for one, replace it when it makes no progress."""
        if self._reader is None:
            if now_s >= self._opens_at_s:
                self._reader = self._new_reader()
            return
        progress = self._reader.progress
        if progress.new_s is not None and not self._announced:
            self._announce()
        wrong = fault(progress, now_s, self._policy)
        if wrong is not None:
            self._replace(self._reader, wrong, now_s)

    def _new_reader(self) -> Reader:
        self._announced = False
        return Reader(
            lambda: self._opening(self._name, self._policy),
            self._clock,
            self._policy.most_fps,
            first_index=self._next_index,
            frozen=self._frozen,
        )

    def _announce(self) -> None:
        self._announced, self.trouble, self._frozen = True, None, None
        self._came_back += 1
        log.info("camera_open", source=str(self._name), reconnects=self._came_back)

    def _replace(self, reader: Reader, wrong: Fault, now_s: float) -> None:
        """Leave the reader behind; the next one opens the camera after a pause."""
        progress = reader.progress
        reader.leave(SILENCE_S)
        self._reader = None
        if progress.new_s is not None:
            self._newest_s = progress.read_s
        if wrong == "frozen":
            self._frozen = reader.newest_print
        self._patience = self._patience.after(progress, now_s, self._policy)
        pause_s = self._pause_s(progress.ending)
        self._opens_at_s = now_s + pause_s
        self._count_stuck(reader if wrong == "stuck" else None)
        self._tell(wrong, progress, pause_s)

    def _pause_s(self, ending: Ending | None) -> float:
        if ending is not None and ending.refused:
            return self._policy.refused_pause_s
        return self._patience.pause_s(self._chance(), self._policy)

    def _count_stuck(self, reader: Reader | None) -> None:
        """Raise `SourceStuck` for one hanging read too many.

        A camera of this machine is held by the read that hangs: no other reader could open it.
        """
        hanging = self._stuck if reader is None else [*self._stuck, reader]
        self._stuck = [each for each in hanging if each.alive]
        most = 0 if isinstance(self._name, CameraIndex) else self._policy.most_stuck
        if len(self._stuck) > most:
            raise SourceStuck(
                f"{len(self._stuck)} reads of {self._name} hang and cannot be ended: "
                "the agent must be started anew."
            )

    def _tell(self, wrong: Fault, progress: Progress, pause_s: float) -> None:
        """Log what is wrong, loudly when it is news."""
        reason = progress.ending.reason if progress.ending is not None else REASONS[wrong]
        say = log.debug if reason == self.trouble else log.warning
        self.trouble = reason
        facts = {"fault": wrong, "reason": reason, "pause_s": round(pause_s, 1), "stuck": len(self._stuck)}
        say("camera_silent", source=str(self._name), **facts)
