"""How a camera is, from its last heartbeat and its last hour, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

State = Literal["watching", "capacity_limited", "no_signal", "silent", "never_heard"]

SPEAKS_EVERY: Final = timedelta(seconds=60)
"""A camera that has not spoken for so long is silent; it speaks every five seconds."""
STILL_S: Final = 10.0
OFTEN_LOST: Final = 3
SPOOL_WAITS: Final = 200
CLOCK_OFF_S: Final = 5.0
WATCHED_ENOUGH: Final = 0.8
SEEING: Final = frozenset({"watching", "capacity_limited"})


class Heartbeat(Protocol):
    """What a camera said last; a row of `camera_heartbeats` fits."""

    @property
    def state(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def frame_age_s(self) -> float | None: ...
    @property
    def spool_depth(self) -> int: ...
    @property
    def spool_dropped(self) -> int: ...
    @property
    def clock_offset_s(self) -> float | None: ...
    @property
    def lesson_coverage(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Health:
    """`online` cameras see their room; `reasons` say in plain words what is wrong and what to do."""

    state: State
    online: bool
    reasons: tuple[str, ...]


def health_of(beat: Heartbeat | None, reconnects: int, now: datetime) -> Health:
    """Judge a camera by its last heartbeat, and by how often its picture was lost in the last hour."""
    if beat is None:
        return Health("never_heard", False, ("It was never heard of: start its agent with its id and key.",))
    if now - beat.at > SPEAKS_EVERY:
        told = f"Not heard of for {_long(now - beat.at)}: is its box on, and does it reach the server?"
        return Health("silent", False, (told,))
    state: State = beat.state if beat.state in ("watching", "capacity_limited") else "no_signal"  # type: ignore[assignment]
    return Health(state, state in SEEING, tuple(_complaints(state, beat, reconnects)))


def _complaints(state: State, beat: Heartbeat, reconnects: int) -> Iterator[str]:
    yield from _about_the_picture(state, beat, reconnects)
    yield from _about_the_box(state, beat)


def _about_the_picture(state: State, beat: Heartbeat, reconnects: int) -> Iterator[str]:
    if state == "no_signal":
        yield "It gets no picture: check cable, address and password, with `adsum-camera doctor`."
    elif beat.frame_age_s is not None and beat.frame_age_s > STILL_S:
        yield f"Its newest picture is {beat.frame_age_s:.0f} seconds old."
    if reconnects >= OFTEN_LOST:
        yield f"Its picture was lost {reconnects} times in the last hour: check cable and network."
    if beat.lesson_coverage is not None and beat.lesson_coverage < WATCHED_ENOUGH:
        share = f"{beat.lesson_coverage:.0%}"
        yield f"It has watched {share} of the lesson under way: who is not seen will not be called absent."


def _about_the_box(state: State, beat: Heartbeat) -> Iterator[str]:
    if state == "capacity_limited":
        yield "Its box is too slow for its source: lower the frame rate, or give it fewer cameras."
    if beat.spool_depth > SPOOL_WAITS:
        yield f"{beat.spool_depth} entries wait for the server: is the network slow, or the recognizer?"
    if beat.spool_dropped:
        yield f"Its spool was full and gave up {beat.spool_dropped} crops: give it more room."
    if beat.clock_offset_s is not None and abs(beat.clock_offset_s) > CLOCK_OFF_S:
        yield f"Its clock is off by {abs(beat.clock_offset_s):.0f} seconds, which is corrected: set up NTP."


def _long(time: timedelta) -> str:
    minutes = time // timedelta(minutes=1)
    if minutes < 120:
        return f"{minutes} minute{'s' if minutes != 1 else ''}"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
