"""A camera that hangs, freezes, brings nonsense or goes away, told by a capture of a few lines."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adsum_camera.adapters.capture import (
    CameraIndex,
    Capture,
    LiveName,
    SourceRefused,
    SourceStuck,
    StreamFacts,
    usable,
)
from adsum_camera.adapters.frames import Frame, Silence, SourceUnavailable, StreamUrl
from adsum_camera.adapters.live import LiveSource
from adsum_camera.clock import SystemClock
from adsum_camera.watchdog import LivePolicy

STREAM = StreamUrl("rtsp://ann:s3cret@10.0.0.7/live")
QUICK = LivePolicy(
    most_fps=200,
    open_timeout_s=0.2,
    read_timeout_s=0.2,
    frozen_after_s=0.2,
    shortest_pause_s=0.01,
    longest_pause_s=0.05,
    refused_pause_s=60,
)


def grey(brightness: int) -> NDArray[np.uint8]:
    return np.full((64, 64, 3), brightness, np.uint8)


@dataclass
class FilmedBy:
    """A capture that brings what `script` yields: pictures, `None` for damage; it may hang in between."""

    script: Iterator[NDArray[np.uint8] | None]
    released: Event = field(default_factory=Event)
    image: NDArray[np.uint8] | None = None

    def facts(self) -> StreamFacts:
        return StreamFacts("FILM", "mjpg", 100.0)

    def grab(self) -> bool:
        time.sleep(0.002)
        try:
            self.image = next(self.script)
        except StopIteration:
            return False
        return True

    def retrieve(self) -> NDArray[np.uint8] | None:
        return self.image

    def release(self) -> None:
        self.released.set()


class Openings:
    """Opens one capture after the other; the last kind for ever."""

    def __init__(self, *kinds: Callable[[], Iterator[NDArray[np.uint8] | None]]) -> None:
        self.kinds, self.captures = kinds, []  # type: ignore[var-annotated]

    def __call__(self, name: LiveName, policy: LivePolicy) -> Capture:
        kind = self.kinds[min(len(self.captures), len(self.kinds) - 1)]
        self.captures.append(FilmedBy(kind()))
        return self.captures[-1]


def film(first: int = 0) -> Iterator[NDArray[np.uint8]]:
    for number in range(first, 1_000_000):
        yield grey(number % 256)


def still() -> Iterator[NDArray[np.uint8]]:
    while True:
        yield grey(77)


@pytest.fixture
def hang() -> Iterator[Event]:
    """Holds a read until the test is over."""
    event = Event()
    yield event
    event.set()


def hanging(hang: Event, after: int = 3) -> Callable[[], Iterator[NDArray[np.uint8]]]:
    def script() -> Iterator[NDArray[np.uint8]]:
        yield from (grey(200 + number) for number in range(after))
        hang.wait()
        yield grey(255)

    return script


def moments_until(
    source: LiveSource, enough: Callable[[list[Frame | Silence]], bool], most_s: float = 20
) -> list[Frame | Silence]:
    """Collect moments until there are enough of them; fail after a time that is never needed."""
    seen: list[Frame | Silence] = []
    deadline = time.monotonic() + most_s
    for moment in source.moments():
        seen.append(moment)
        if enough(seen):
            return seen
        assert time.monotonic() < deadline, f"only {len(seen)} moments, trouble: {source.trouble}"
    return seen


def frames(moments: list[Frame | Silence]) -> list[Frame]:
    return [moment for moment in moments if isinstance(moment, Frame)]


def live(openings: Callable[..., Capture], name: LiveName = STREAM, **policy: Any) -> LiveSource:
    chosen = LivePolicy(**{slot: getattr(QUICK, slot) for slot in LivePolicy.__slots__} | policy)
    return LiveSource(name, SystemClock(), chosen, opening=openings, chance=lambda: 0.5)


def test_a_read_that_hangs_is_replaced_and_feeds_nobody_when_it_wakes(hang: Event) -> None:
    openings = Openings(hanging(hang), film)
    source = live(openings)

    def enough(seen: list[Frame | Silence]) -> bool:
        if len(openings.captures) == 2:
            hang.set()
        return len([frame for frame in frames(seen) if frame.image[0, 0, 0] < 150]) > 20

    brought = frames(moments_until(source, enough))
    assert openings.captures[0].released.wait(5)
    assert all(frame.image[0, 0, 0] != 255 for frame in brought)
    assert [frame.index for frame in brought] == sorted({frame.index for frame in brought})
    assert source.health().reconnects == 1


def test_an_opening_that_hangs_is_replaced(hang: Event) -> None:
    openings = Openings(film)
    tries = []

    def opening(name: LiveName, policy: LivePolicy) -> Capture:
        tries.append(name)
        if len(tries) == 1:
            hang.wait()
        return openings(name, policy)

    source = live(opening)
    assert frames(moments_until(source, lambda seen: len(frames(seen)) > 3))
    assert source.health().reconnects == 0


def test_too_many_hanging_reads_end_the_source_with_a_sentence(hang: Event) -> None:
    openings = Openings(hanging(hang))
    with pytest.raises(SourceStuck, match=r"3 reads of rtsp://10\.0\.0\.7/live hang"):
        moments_until(live(openings, most_stuck=2), lambda _: False)
    assert len(openings.captures) == 3


def test_a_hanging_read_holds_a_camera_of_this_machine(hang: Event) -> None:
    openings = Openings(hanging(hang))
    with pytest.raises(SourceStuck, match="started anew"):
        moments_until(live(openings, CameraIndex(0)), lambda _: False)
    assert len(openings.captures) == 1


STUCK = """
import os, sys
from adsum_camera.adapters.capture import SourceStuck
from adsum_camera.adapters.frames import CameraIndex
from adsum_camera.adapters.live import LiveSource
from adsum_camera.clock import SystemClock
from adsum_camera.watchdog import LivePolicy

waiting, _ = os.pipe()
policy = LivePolicy(open_timeout_s=0.1)
source = LiveSource(CameraIndex(0), SystemClock(), policy, opening=lambda *_: os.read(waiting, 1))
try:
    for moment in source.moments():
        pass
except SourceStuck as error:
    sys.exit(str(error))
"""


def test_a_process_with_a_hanging_read_can_end() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "must be started anew" in done.stderr.splitlines()[-1]


def test_a_stream_that_repeats_one_picture_is_opened_again_and_is_no_signal() -> None:
    openings = Openings(still, still, film)
    source = live(openings)
    seen = moments_until(source, lambda seen: len([f for f in frames(seen) if f.image[0, 0, 0] != 77]) > 3)
    assert len(openings.captures) == 3
    from_second = openings.captures[1]
    assert from_second.released.wait(5)
    first_new = next(n for n, m in enumerate(seen) if isinstance(m, Frame) and m.image[0, 0, 0] != 77)
    last_still = max(n for n, m in enumerate(seen[:first_new]) if isinstance(m, Frame))
    assert any(isinstance(moment, Silence) for moment in seen[last_still:first_new])


def test_a_frozen_picture_grows_old() -> None:
    source = live(Openings(still))
    moments_until(source, lambda seen: source.trouble is not None)
    assert source.trouble == "the camera repeats one picture"
    age_s = source.health().frame_age_s
    assert age_s is not None
    assert age_s >= 0


def test_a_camera_that_is_away_at_the_start_is_waited_for() -> None:
    openings, tries = Openings(film), []

    def opening(name: LiveName, policy: LivePolicy) -> Capture:
        tries.append(name)
        if len(tries) < 4:
            raise SourceUnavailable("The camera is away.")
        return openings(name, policy)

    source = live(opening)
    seen = moments_until(source, lambda seen: len(frames(seen)) > 2)
    assert isinstance(seen[0], Silence)
    assert (len(tries), source.trouble, source.health().reconnects) == (4, None, 0)


def test_a_camera_that_refuses_the_password_is_not_asked_again_soon() -> None:
    tries = []

    def opening(name: LiveName, policy: LivePolicy) -> Capture:
        tries.append(name)
        raise SourceRefused("The camera refuses the password.")

    source = live(opening)
    moments_until(source, lambda seen: source.trouble is not None and len(seen) > 2)
    assert (len(tries), source.trouble) == (1, "The camera refuses the password.")


def test_a_fault_in_the_reader_is_a_reconnect_and_tells_no_secret() -> None:
    def breaking() -> Iterator[NDArray[np.uint8]]:
        yield grey(1)
        raise RuntimeError("rtsp://ann:s3cret@10.0.0.7/live")

    source = live(Openings(breaking, breaking, film))
    troubles = set()

    def enough(seen: list[Frame | Silence]) -> bool:
        troubles.add(source.trouble)
        return len(frames(seen)) > 5

    moments_until(source, enough)
    assert "reading failed (RuntimeError)" in troubles


def test_damaged_frames_are_passed_over_and_damage_alone_is_no_progress() -> None:
    def damaged() -> Iterator[NDArray[np.uint8] | None]:
        for number in range(1_000_000):
            yield grey(number % 256) if number in {5, 6} else None

    openings = Openings(damaged, film)
    source = live(openings)
    moments_until(source, lambda seen: len(openings.captures) == 2 and len(frames(seen)) > 5)
    assert openings.captures[0].released.wait(5)


def test_a_source_that_is_no_longer_asked_lets_go_of_the_camera() -> None:
    openings = Openings(film)
    moments = live(openings).moments()
    while not isinstance(next(moments), Frame):
        pass
    moments.close()  # type: ignore[attr-defined]
    assert openings.captures[0].released.is_set()


def test_only_pictures_are_usable() -> None:
    assert usable(np.zeros((48, 64), np.uint8)).shape == (48, 64, 3)  # type: ignore[union-attr]
    assert usable(np.zeros((48, 64, 4), np.uint8)).shape == (48, 64, 3)  # type: ignore[union-attr]
    for nonsense in (
        None,
        np.zeros((48, 64, 3), np.float32),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((8, 640, 3), np.uint8),
        np.zeros((48, 64, 2), np.uint8),
        np.zeros(99, np.uint8),
    ):
        assert usable(nonsense) is None
