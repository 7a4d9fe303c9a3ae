"""What the agent knows of itself: how one camera stands, and whether it needs somebody's help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Final

from adsum_camera.adapters.commands import CommandReader
from adsum_camera.adapters.frames import SourceHealth
from adsum_camera.adapters.publisher import Publisher
from adsum_camera.adapters.spool import Spool
from adsum_camera.adapters.spool_file import SpoolBroken
from adsum_camera.clock import SystemClock
from adsum_camera.errors import CameraAgentError
from adsum_camera.heartbeats import Beat, State, Vitals
from adsum_contracts.events import UnsentReason
from adsum_contracts.ids import CameraId

PATIENCE_S: Final = 60.0
"""How long a camera may go without a heartbeat: as long as the longest pause between two may be set to."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one camera's loop counted since the camera was opened."""

    frames: int = 0
    frames_dropped: int = 0
    looks: int = 0
    faces: int = 0
    faces_too_small: int = 0
    crops_sent: int = 0

    def and_then(self, beat: Beat) -> Seen:
        """Return the sums with one heartbeat more."""
        return Seen(
            self.frames + beat.frames,
            self.frames_dropped + beat.frames_dropped,
            self.looks + beat.looks,
            self.faces + beat.faces,
            self.faces_too_small + beat.faces_too_small,
            self.crops_sent + beat.crops_sent,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """How one camera stands. Ages are in seconds, `None` before the first time.

    `state` is the last heartbeat's; `lesson_coverage` as well. What is counted, is counted since the
    camera was opened, and so anew after a fault, but for `spool_dropped`: that is since the spool was made.
    """

    camera_id: CameraId
    state: State | None
    beat_age_s: float | None
    running_s: float
    source: SourceHealth
    seen: Seen
    unsent: Mapping[UnsentReason, int]
    lesson_coverage: float | None
    spool_events: int
    spool_bytes: int
    spool_dropped: Mapping[str, int]
    heartbeats_joined: int
    spool_writes: bool
    spool_syncs_failed: int
    connected: bool
    published: int
    committed: int
    committed_age_s: float | None
    commands_refused: int
    clock_offset_s: float | None

    def faults(self, patience_s: float = PATIENCE_S) -> tuple[str, ...]:
        """Say what the agent cannot mend by itself; nothing while it can.

        A camera without a signal is opened again and again, and what a server that is away should get
        waits in the spool: neither is a fault of this process.
        """
        faults: list[str] = []
        if self.stands_still(patience_s):
            faults.append(f"the loop has stood still for {self.quiet_s:.0f} s")
        if not self.spool_writes:
            faults.append("the spool cannot be written: free room on its disk, or replace it")
        return tuple(faults)

    @property
    def quiet_s(self) -> float:
        """Return how long the loop has given no heartbeat."""
        return self.running_s if self.beat_age_s is None else self.beat_age_s

    def stands_still(self, patience_s: float = PATIENCE_S) -> bool:
        """Say whether that is too long."""
        return self.quiet_s > patience_s


class Status:
    """One camera's status: its loop tells of heartbeats, any thread may ask how it stands."""

    def __init__(
        self,
        spool: Spool,
        publisher: Publisher,
        reader: CommandReader,
        source: Callable[[], SourceHealth],
        clock: SystemClock,
    ) -> None:
        self._spool, self._publisher, self._reader = spool, publisher, reader
        self._source, self._clock = source, clock
        self._started_at = clock.steady()
        self._beaten_at: float | None = None
        self._beat: Beat | None = None
        self._seen = Seen()
        self._unsent: Counter[UnsentReason] = Counter()

    @property
    def camera_id(self) -> CameraId:
        """Whose status it is."""
        return self._publisher.camera_id

    def beaten(self, beat: Beat, vitals: Vitals) -> None:
        """Take note of a heartbeat, in the thread of the loop."""
        self._seen = self._seen.and_then(beat)
        self._unsent = self._unsent + Counter(beat.unsent)
        self._beat, self._beaten_at = beat, self._clock.steady()

    def standing(self) -> Standing:
        """Return how the camera stands now."""
        beat, publisher = self._beat, self._publisher
        return Standing(
            camera_id=self.camera_id,
            state=beat.state if beat else None,
            beat_age_s=self._age(self._beaten_at),
            running_s=self._clock.steady() - self._started_at,
            source=self._source(),
            seen=self._seen,
            unsent=self._unsent,
            lesson_coverage=beat.lesson_coverage if beat else None,
            spool_events=self._spool.depth(),
            spool_bytes=self._spool.stored_bytes(),
            spool_dropped=self._spool.dropped_by_kind,
            heartbeats_joined=self._spool.heartbeats_joined,
            spool_writes=self._spool.writes,
            spool_syncs_failed=self._spool.syncs_failed,
            connected=publisher.connected,
            published=publisher.published,
            committed=self._reader.committed,
            committed_age_s=self._age(self._reader.committed_at),
            commands_refused=self._reader.refused,
            clock_offset_s=self._clock.offset_s,
        )

    def _age(self, at: float | None) -> float | None:
        return None if at is None else self._clock.steady() - at


class Statuses:
    """Those of the cameras that are open now, and why the others are not; any thread may ask."""

    def __init__(self) -> None:
        self._open: tuple[Status, ...] = ()
        self._failures: dict[CameraId, str] = {}
        self._changing = Lock()

    @contextmanager
    def noting_failure(self, camera_id: CameraId) -> Iterator[None]:
        """Remember what is raised within: why the camera is not watched until it is open again."""
        try:
            yield
        except Exception as error:
            with self._changing:
                self._failures[camera_id] = _reason(error)
            raise

    @contextmanager
    def of(self, status: Status) -> Iterator[Status]:
        """Count a camera among the open ones for as long as it is."""
        with self._changing:
            self._open += (status,)
            self._failures.pop(status.camera_id, None)
        try:
            yield status
        finally:
            with self._changing:
                self._open = tuple(each for each in self._open if each is not status)

    def standings(self) -> tuple[Standing, ...]:
        """Return how each open camera stands now, but for one whose spool broke: it is about to be closed."""
        standings = []
        with self._changing:
            for status in self._open:
                with suppress(SpoolBroken):
                    standings.append(status.standing())
        return tuple(standings)

    def failures(self) -> Mapping[CameraId, str]:
        """Return the cameras that failed and were not opened again yet, each with the reason."""
        with self._changing:
            return dict(self._failures)


def _reason(error: Exception) -> str:
    """Return the sentence that is meant to be read, else the kind of error: its text may say anything."""
    if isinstance(error, CameraAgentError):
        return str(error)
    return type(error.__cause__ or error).__name__
