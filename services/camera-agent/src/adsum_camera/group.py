"""Several cameras watched by one process: a thread for each brings its moments, few threads look at them.

A camera that fails is closed and opened again by itself, with growing pauses, while the others are
watched. What all of them share ends the group when it fails: only a new process makes it anew. See
docs/decisions/0018-one-process-per-camera-group.md.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from dataclasses import dataclass
from threading import Thread
from typing import Final, Protocol

import structlog

from adsum_camera.adapters.capture import SourceStuck
from adsum_camera.adapters.frames import Silence
from adsum_camera.clock import Clock
from adsum_camera.errors import CameraAgentError, SharedPartFailed
from adsum_camera.ration import Ration
from adsum_camera.slots import HandOverClosed, LookFailed, Moment, Slots

log = structlog.get_logger()

FAREWELL_S: Final = 2.0
"""How long the end waits for a look that hangs."""

LOOKING_UP_S: Final = 0.25
"""How often whoever waits looks whether the group is to end: a stop or a fault, which no one event tells."""


class Watch(Protocol):
    """A camera being watched, with all it needs open. `moments` and `see` are called by two threads."""

    def moments(self) -> Generator[Moment]:
        """Yield what the camera brings, until the stop."""
        ...

    def see(self, moment: Moment) -> None:
        """Look at one moment."""
        ...

    def end(self) -> None:
        """Finish what was begun: nothing more will be seen."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A camera of the group; `opened` opens all it needs, and is called again after a fault."""

    name: str
    opened: Callable[[], AbstractContextManager[Watch]]


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Seconds before a camera that failed is opened again; each time twice as many, anew after `steady_s`.

    A group that ends gives its cameras `farewell_s` to be closed: a reader takes 2, the links 1.2 at most.
    """

    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    steady_s: float = 120.0
    farewell_s: float = 8.0

    def pause_s(self, failures: int) -> float:
        """Return the pause after so many failures in a row."""
        return min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(failures - 1, 30))


class Group:
    """The cameras of one process. `once`: see every moment of every recording, and end with the last one.

    `workers` threads look; how busy they are sets the `ration` of searching that every camera gets, but not
    with `once`, where whoever brings moments waits.
    """

    def __init__(
        self,
        members: Sequence[Member],
        clock: Clock,
        *,
        once: bool = False,
        workers: int = 1,
        policy: RestartPolicy | None = None,
        ration: Ration | None = None,
    ) -> None:
        self._members, self._clock, self._once = members, clock, once
        self._ration = ration or Ration()
        self._policy = policy or RestartPolicy()
        self._slots: Slots[Watch] = Slots(len(members), lossless=once)
        self._refused: set[int] = set()
        self._fault: Exception | None = None
        self._feeders = [
            Thread(target=self._feed, args=(seat, member), name=member.name, daemon=True)
            for seat, member in enumerate(members)
        ]
        self._workers = [Thread(target=self._look, name="worker", daemon=True) for _ in range(workers)]

    def run(self) -> None:
        """Watch until the stop or, with `once`, until all recordings have ended.

        Raises what ended the group: `SharedPartFailed`, `SourceStuck`, or why no camera could be opened.
        """
        for thread in (*self._workers, *self._feeders):
            thread.start()
        self._join_feeders()
        self._slots.close()
        for worker in self._workers:
            worker.join(FAREWELL_S)
        if self._fault is not None:
            raise self._fault

    def _join_feeders(self) -> None:
        """Return when all cameras are closed, or when the group is to end and one of them hangs."""
        for feeder in self._feeders:
            while feeder.is_alive() and not self._is_over:
                feeder.join(LOOKING_UP_S)
        ends_s = self._clock.steady() + self._policy.farewell_s
        for feeder in self._feeders:
            feeder.join(max(0.0, ends_s - self._clock.steady()))
            if feeder.is_alive():
                log.warning("camera_left_behind", camera=feeder.name)

    def _feed(self, seat: int, member: Member) -> None:
        """Keep one camera watched until the stop, however often it fails."""
        failures = 0
        while not self._is_over:
            began_s = self._clock.steady()
            try:
                self._watch(seat, member)
            except (SharedPartFailed, SourceStuck) as fault:
                self._end_with(fault)
            except Exception as fault:
                has_lasted = self._clock.steady() - began_s >= self._policy.steady_s
                failures = 1 if has_lasted else failures + 1
                self._bear(seat, member, fault, failures)
            else:
                return

    def _watch(self, seat: int, member: Member) -> None:
        """Open the camera, hand over what it brings, and close it when nobody looks at it any more."""
        with ExitStack() as stack:
            try:
                watch = stack.enter_context(member.opened())
            except Exception:
                self._refused.add(seat)
                raise
            self._refused.discard(seat)
            try:
                self._hand_over(seat, watch)
            finally:
                self._slots.leave(seat)
            watch.end()

    def _hand_over(self, seat: int, watch: Watch) -> None:
        with closing(watch.moments()) as moments, suppress(HandOverClosed):
            for moment in moments:
                self._slots.put(seat, watch, moment)
                if self._once and isinstance(moment, Silence) and moment.ended:
                    break
            if self._once:
                self._slots.wait_until_seen(seat)

    def _bear(self, seat: int, member: Member, fault: Exception, failures: int) -> None:
        """Leave a camera alone for a while; end the group when none is left, or nobody would wait for it."""
        if self._once or len(self._refused) == len(self._members):
            self._end_with(fault)
            return
        pause_s = self._policy.pause_s(failures)
        reason = fault.__cause__ if isinstance(fault, LookFailed) else fault
        unexpected = None if isinstance(reason, CameraAgentError) else reason
        log.error(
            "camera_failed", camera=member.name, reason=str(fault), pause_s=pause_s, exc_info=unexpected
        )
        self._pause(pause_s)

    def _pause(self, seconds: float) -> None:
        """Wait, unless the group is to end."""
        ends_s = self._clock.steady() + seconds
        while not self._is_over and (left_s := ends_s - self._clock.steady()) > 0:
            self._clock.wait(min(LOOKING_UP_S, left_s))

    def _look(self) -> None:
        """Look at the cameras' moments in turn; what goes wrong is the camera's, or everybody's."""
        free_s = self._clock.steady()
        while (turn := self._slots.take()) is not None:
            began_s = self._clock.steady()
            fault = None
            try:
                turn.watch.see(turn.moment)
            except SharedPartFailed as error:
                self._end_with(error)
            except Exception as error:
                fault = error
            self._slots.seen(turn.seat, fault)
            idle_s, free_s = began_s - free_s, self._clock.steady()
            if not self._once:
                self._ration.worked(free_s - began_s, idle_s)

    @property
    def _is_over(self) -> bool:
        return self._clock.stopping or self._fault is not None

    def _end_with(self, fault: Exception) -> None:
        """End the group; only the first fault is told, the others may follow from it."""
        self._fault = self._fault or fault
        self._slots.close()
