"""Several cameras in one process: each is watched, and none falls because another does."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Event, Thread

import numpy as np
import pytest
from structlog.testing import capture_logs

from adsum_camera.adapters.capture import SourceStuck
from adsum_camera.adapters.frames import Frame, Silence
from adsum_camera.clock import SystemClock
from adsum_camera.errors import CameraAgentError, SharedPartFailed
from adsum_camera.group import Group, Member, RestartPolicy
from adsum_camera.ration import Ration, RationPolicy
from adsum_camera.shared_detector import MOST_FAILURES, SharedDetector
from adsum_camera.slots import LookFailed, Moment
from adsum_vision.types import BgrImage, Face

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
PICTURE = np.zeros((4, 4, 3), np.uint8)
AT_ONCE = RestartPolicy(first_pause_s=0.01, longest_pause_s=0.05)


def frame(index: int) -> Frame:
    return Frame(PICTURE, index, NOON + timedelta(seconds=index))


def ended(index: int) -> Silence:
    return Silence(NOON + timedelta(seconds=index), ended=True)


@dataclass
class Camera:
    """Brings frames until the stop, or `script`; remembers its life. `broken` raises for a frame's number."""

    name: str
    clock: SystemClock
    script: Sequence[Moment] | None = None
    broken: Callable[[int], Exception | None] = lambda index: None
    sources_last: int | None = None
    sources_fault: Exception = field(default_factory=lambda: CameraAgentError("the source is gone"))
    opening: Callable[[int], Exception | None] = lambda life: None
    seen: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    lives: int = 0

    @contextmanager
    def opened(self) -> Iterator[Camera]:
        self.lives += 1
        fault = self.opening(self.lives)
        if fault is not None:
            raise fault
        self.told.append("opened")
        try:
            yield self
        finally:
            self.told.append("closed")

    def moments(self) -> Generator[Moment]:
        try:
            if self.script is not None:
                yield from self.script
                return
            index = 0
            while not self.clock.stopping and index != self.sources_last:
                yield frame(index)
                index += 1
                self.clock.wait(0.002)
            if not self.clock.stopping:
                raise self.sources_fault
        finally:
            self.told.append("source closed")

    def see(self, moment: Moment) -> None:
        assert self.told[-1] in {"opened", "source closed"}, "seen after the end"
        if isinstance(moment, Frame):
            fault = self.broken(moment.index)
            if fault is not None:
                raise fault
            self.seen.append(moment.index)

    def end(self) -> None:
        self.told.append("ended")


@pytest.fixture
def clock() -> Iterator[SystemClock]:
    clock = SystemClock()
    yield clock
    clock.stop.set()


def group(clock: SystemClock, *cameras: Camera, once: bool = False, policy: RestartPolicy = AT_ONCE) -> Group:
    members = [Member(camera.name, camera.opened) for camera in cameras]
    return Group(members, clock, once=once, policy=policy)


def fault_of(ending: Group) -> Exception | None:
    """Return what ended a group that ends by itself, `None` when it goes on."""
    faults: SimpleQueue[Exception] = SimpleQueue()

    def run() -> None:
        try:
            ending.run()
        except Exception as fault:
            faults.put(fault)

    Thread(target=run, daemon=True).start()
    with suppress(Empty):
        return faults.get(timeout=20)
    return None


@contextmanager
def running(clock: SystemClock, *cameras: Camera) -> Iterator[None]:
    thread = Thread(target=group(clock, *cameras).run)
    thread.start()
    try:
        yield
    finally:
        clock.stop.set()
        thread.join(10)
        assert not thread.is_alive()


def eventually(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def test_every_camera_is_watched_and_closed_in_order(clock: SystemClock) -> None:
    cameras = [Camera(str(number), clock) for number in range(4)]
    with running(clock, *cameras):
        eventually(lambda: all(len(camera.seen) > 5 for camera in cameras))
    assert [camera.told for camera in cameras] == [["opened", "source closed", "ended", "closed"]] * 4


def test_with_once_every_frame_of_every_recording_is_seen_in_order(clock: SystemClock) -> None:
    cameras = [
        Camera(str(number), clock, [*map(frame, range(length)), ended(length), frame(999)])
        for number, length in enumerate((30, 1, 80))
    ]
    group(clock, *cameras, once=True).run()
    assert [camera.seen for camera in cameras] == [list(range(30)), [0], list(range(80))]
    assert all(camera.told[-2:] == ["ended", "closed"] for camera in cameras)


def slowly(index: int) -> None:
    time.sleep(0.02)


def test_a_worker_that_is_always_busy_shrinks_the_ration_and_one_with_time_lets_it_be(
    clock: SystemClock,
) -> None:
    hasty = RationPolicy(window_s=0.1)
    for camera, is_short in ((Camera("slow", clock, broken=slowly), True), (Camera("fast", clock), False)):
        ration = Ration(hasty)
        begin = Thread(target=Group([Member(camera.name, camera.opened)], clock, ration=ration).run)
        begin.start()
        eventually(lambda seen=camera.seen: len(seen) > 60)  # type: ignore[misc]
        clock.stop.set()
        begin.join(10)
        clock.stop.clear()
        assert ration.is_short() is is_short


def test_a_source_that_fails_is_opened_again_and_the_others_go_on(clock: SystemClock) -> None:
    failing, steady = Camera("failing", clock, sources_last=3), Camera("steady", clock)
    with running(clock, failing, steady):
        eventually(lambda: failing.lives > 3)
        seen = len(steady.seen)
        eventually(lambda: len(steady.seen) > seen + 5)
    assert steady.lives == 1
    assert failing.told[:6] == ["opened", "source closed", "closed"] * 2


def test_a_look_that_fails_restarts_its_camera_alone(clock: SystemClock) -> None:
    broken = Camera("broken", clock, broken=lambda index: ValueError("odd") if index >= 2 else None)
    steady = Camera("steady", clock)
    with running(clock, broken, steady):
        eventually(lambda: broken.lives > 2)
    assert steady.lives == 1
    assert "ended" not in broken.told[:3]


def test_a_camera_that_cannot_be_opened_yet_is_waited_for(clock: SystemClock) -> None:
    late = Camera("late", clock, opening=lambda life: CameraAgentError("not yet") if life < 4 else None)
    with running(clock, late, Camera("steady", clock)):
        eventually(lambda: late.seen)
    assert late.lives == 4


def test_when_no_camera_can_be_opened_the_group_ends_with_the_reason(clock: SystemClock) -> None:
    cameras = [
        Camera(str(number), clock, opening=lambda life: CameraAgentError("no such disk")) for number in (1, 2)
    ]
    with pytest.raises(CameraAgentError, match="no such disk"):
        group(clock, *cameras).run()


@pytest.mark.parametrize("by", ["look", "source"])
def test_what_only_a_new_process_mends_ends_the_group(by: str, clock: SystemClock) -> None:
    gone = SharedPartFailed("the detector is gone")
    well = Camera("well", clock)
    ill = {
        "look": Camera("ill", clock, broken=lambda index: gone if index >= 3 else None),
        "source": Camera("ill", clock, sources_last=3, sources_fault=SourceStuck("reads hang")),
    }[by]
    ill.opening = lambda life: eventually(lambda: well.told)
    with pytest.raises(SharedPartFailed if by == "look" else SourceStuck):
        group(clock, ill, well).run()
    assert well.told == ["opened", "source closed", "ended", "closed"]


PATIENT = RestartPolicy(first_pause_s=3600, longest_pause_s=3600, farewell_s=2)


def test_a_camera_in_its_pause_holds_up_no_ending_group(clock: SystemClock) -> None:
    paused = Camera("paused", clock, sources_last=0)
    ill = Camera("ill", clock, sources_last=3, sources_fault=SourceStuck("reads hang"))
    ill.opening = lambda life: eventually(lambda: "closed" in paused.told)
    with capture_logs() as logs:
        assert isinstance(fault_of(group(clock, ill, paused, policy=PATIENT)), SourceStuck)
    assert "camera_left_behind" not in [entry["event"] for entry in logs]


def test_a_camera_that_hangs_is_left_behind_by_an_ending_group(clock: SystemClock) -> None:
    over = Event()
    hanging = Camera("hanging", clock, opening=lambda life: over.wait() and None)
    ill = Camera("ill", clock, sources_last=3, sources_fault=SourceStuck("reads hang"))
    with capture_logs() as logs:
        assert isinstance(fault_of(group(clock, hanging, ill, policy=PATIENT)), SourceStuck)
    over.set()
    assert [entry["camera"] for entry in logs if entry["event"] == "camera_left_behind"] == ["hanging"]


def test_with_once_a_fault_ends_the_group(clock: SystemClock) -> None:
    camera = Camera("a", clock, [frame(0), ended(1)], broken=lambda index: ValueError("odd"))
    with pytest.raises(LookFailed, match="odd"):
        group(clock, camera, once=True).run()


def test_a_slow_look_leaves_frames_out_and_is_never_late(clock: SystemClock) -> None:
    """While the one camera is looked at, the other's frames are replaced; the newest is the next seen."""
    go = Event()
    slow = Camera("slow", clock, broken=lambda index: go.wait(10) and None)
    quick = Camera("quick", clock)
    with running(clock, slow, quick):
        time.sleep(0.3)
        go.set()
        eventually(lambda: len(quick.seen) > 3)
    gaps = [later - earlier for earlier, later in zip(quick.seen, quick.seen[1:], strict=False)]
    assert max([quick.seen[0], *gaps]) > 5


@dataclass
class Detector:
    answers: list[Exception | None]

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        fault = self.answers.pop(0)
        if fault is not None:
            raise fault
        return ()


def test_a_detector_that_only_fails_is_given_up() -> None:
    detector = SharedDetector([Detector([ValueError("odd")] * MOST_FAILURES)])
    for _ in range(MOST_FAILURES - 1):
        with pytest.raises(ValueError, match="odd"):
            detector.detect(PICTURE)
    with pytest.raises(SharedPartFailed, match=f"{MOST_FAILURES} times in a row: odd"):
        detector.detect(PICTURE)


def test_one_picture_the_detector_cannot_take_is_its_cameras_fault() -> None:
    detector = SharedDetector([Detector([ValueError("odd"), None] * 9)])
    for _ in range(9):
        with pytest.raises(ValueError, match="odd"):
            detector.detect(PICTURE)
        assert detector.detect(PICTURE) == ()
