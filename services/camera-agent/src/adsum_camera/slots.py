"""The hand-over between the threads that bring moments and those that look at them.

Every camera has one place. A frame that nobody took before the next one came is replaced by it and counts
as dropped, so that whoever looks is never behind the present, however slow. The waiting cameras are served
in turn: none that brings more frames than another gets more looks than its share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Condition
from typing import Generic, TypeVar

from adsum_camera.adapters.frames import Frame, Silence

Moment = Frame | Silence
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Turn(Generic[W]):
    """A camera's moment to look at: its `seat`, what is to see it, and the moment."""

    seat: int
    watch: W
    moment: Moment


class LookFailed(RuntimeError):  # noqa: N818 - reads as the sentence it is
    """Looking at a camera's moment raised what this was raised from."""


class HandOverClosed(RuntimeError):  # noqa: N818 - reads as the sentence it is
    """Nobody looks any more."""


class Slots(Generic[W]):
    """Places for the newest moment of each of `seats` cameras.

    `lossless`: no moment is replaced; whoever brings one waits until the one before was taken.
    """

    def __init__(self, seats: int, *, lossless: bool = False) -> None:
        self._changed = Condition()
        self._waiting: list[Turn[W] | None] = [None] * seats
        self._faults: list[Exception | None] = [None] * seats
        self._looked_at: set[int] = set()
        self._next = 0
        self._lossless = lossless
        self._closed = False

    def put(self, seat: int, watch: W, moment: Moment) -> None:
        """Bring a moment.

        Raises `LookFailed` when the look at an earlier one has failed, and `HandOverClosed`.
        """
        with self._changed:
            if self._lossless:
                self._changed.wait_for(lambda: self._waiting[seat] is None or self._is_over(seat))
            self._raise_if_over(seat)
            waiting = self._waiting[seat]
            newest = moment if waiting is None else newer(waiting.moment, moment)
            self._waiting[seat] = Turn(seat, watch, newest)
            self._changed.notify_all()

    def wait_until_seen(self, seat: int) -> None:
        """Return when everything this camera brought was looked at; raises as `put`."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_idle(seat) or self._is_over(seat))
            self._raise_if_over(seat)

    def leave(self, seat: int) -> None:
        """Take back what still waits, and return when nobody looks at this camera's moments any more."""
        with self._changed:
            self._waiting[seat] = None
            self._changed.wait_for(lambda: seat not in self._looked_at)
            self._faults[seat] = None

    def take(self) -> Turn[W] | None:
        """Wait for the next camera in turn and take its moment; `None` when all is over.

        Whoever takes it says `seen`. Two moments of one camera are never out at the same time.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._ready() is not None)
            seat = self._ready()
            if self._closed or seat is None:
                return None
            turn, self._waiting[seat] = self._waiting[seat], None
            self._looked_at.add(seat)
            self._next = seat + 1
            self._changed.notify_all()
            return turn

    def seen(self, seat: int, fault: Exception | None = None) -> None:
        """Say that the look is done, or what went wrong with it."""
        with self._changed:
            self._looked_at.discard(seat)
            self._faults[seat] = fault
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _ready(self) -> int | None:
        """The first camera, from the one whose turn it is, that waits and is not being looked at."""
        seats = len(self._waiting)
        in_turn = ((self._next + offset) % seats for offset in range(seats))
        return next(
            (seat for seat in in_turn if self._waiting[seat] is not None and seat not in self._looked_at),
            None,
        )

    def _is_idle(self, seat: int) -> bool:
        return self._waiting[seat] is None and seat not in self._looked_at

    def _is_over(self, seat: int) -> bool:
        return self._closed or self._faults[seat] is not None

    def _raise_if_over(self, seat: int) -> None:
        fault = self._faults[seat]
        if fault is not None:
            raise LookFailed(f"{type(fault).__name__}: {fault}") from fault
        if self._closed:
            raise HandOverClosed


def newer(waiting: Moment, moment: Moment) -> Moment:
    """Return what is to wait now: the newest frame, with those it replaced counted, or else a silence.

    A silence replaces no frame: it comes again as long as it is true.
    """
    if isinstance(waiting, Silence):
        return moment
    if isinstance(moment, Silence):
        return waiting
    return replace(moment, dropped=moment.dropped + waiting.dropped + 1)
