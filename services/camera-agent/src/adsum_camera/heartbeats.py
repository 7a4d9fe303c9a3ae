"""What the camera saw since it last said so: the proof that somebody could have been seen. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from adsum_camera.coverage import Coverage
from adsum_camera.selection import Judged, Unsent
from adsum_camera.tracking import Track
from adsum_camera.watched import Watched
from adsum_camera.zones import Size
from adsum_contracts.commands import LessonHours
from adsum_contracts.events import PlaceSeen, UnsentReason
from adsum_contracts.ids import TrackId
from adsum_vision.quality import MATCHING
from adsum_vision.types import Face

State = Literal["watching", "no_signal", "capacity_limited"]

MOST_TRACKS: Final = 500
LONGEST_WAIT: Final = timedelta(seconds=1 / 3)
"""What may pass between two frames: the normal rate, 3 a second, at which a face that moves is looked for."""

TOLERATED_DELAY: Final = 0.1
"""The share of the time that may pass beyond `LONGEST_WAIT`, while frames were there, before the camera says
that it is too slow for its sources."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat's contents; counters are since `since`, `tracks` were alive or lost since then.

    `frames` came and were looked at, be it only for movement; `frames_dropped` came while the box was busy
    and were not, which is nothing to speak of while enough others are: `state` says when it is not.
    `looks` were searched for faces; `faces` and `faces_too_small` count each face once a look. `unsent`
    counts, once a look, those that a crop was wanted of and that were not worth sending, or were left out
    before that. `coverage` and `lesson_coverage` are told in their modules.
    """

    since: datetime
    at: datetime
    state: State
    frames: int
    frames_dropped: int
    looks: int
    faces: int
    faces_too_small: int
    crops_sent: int
    unsent: Mapping[UnsentReason, int]
    tracks: tuple[Track, ...]
    coverage: tuple[PlaceSeen, ...]
    lesson_coverage: float | None


@dataclass(frozen=True, slots=True)
class Vitals:
    """How source, spool and clock stand when a heartbeat is due.

    `fps` is what the source brings, `frame_age_s` how old its newest picture is, `reconnects` how often it
    was opened again since the heartbeat before. `clock_offset_s` is the server's clock minus the box's.
    """

    spool_depth: int
    spool_dropped: int
    fps: float = 0.0
    frame_age_s: float | None = None
    reconnects: int = 0
    clock_offset_s: float | None = None


class Pulse:
    """Counts between two heartbeats, `every_s` apart. `short`: whether the box is known to be too slow."""

    def __init__(
        self, every_s: float, watched: Watched | None = None, short: Callable[[], bool] = lambda: False
    ) -> None:
        self._short = short
        self._every = timedelta(seconds=every_s)
        self._since: datetime | None = None
        self._lessons: Sequence[LessonHours] = ()
        self._coverage = Coverage(MATCHING.min_face_px)
        self.watched = watched or Watched()
        self._reconnects = 0
        self._came_at: datetime | None = None
        self._clear()

    def start_over(self) -> None:
        """Count from the next moment on: between it and the last one nobody knows how long it was."""
        self._since = self._came_at = None
        self._clear()

    def expect(self, lessons: Sequence[LessonHours]) -> None:
        """Learn when the room's lessons are, instead of what was told before."""
        self._lessons = lessons

    def came(self, at: datetime, *, dropped: int = 0) -> None:
        """Count one frame that was looked at, be it only for movement, and those missed before it."""
        self._frames += 1
        self._dropped += dropped
        if dropped and self._came_at is not None:
            self._late += max(at - self._came_at - LONGEST_WAIT, timedelta(0))
        self._came_at = at
        self.watched.frame(at)

    def looked(self, faces: Sequence[Face], size: Size) -> None:
        """Count one search of a picture of `size`, and the faces it found."""
        self._looks += 1
        self._faces += len(faces)
        self._too_small += sum(face.box.area < MATCHING.min_face_px**2 for face in faces)
        self._coverage.saw(faces, size)

    def judged(self, judged: Iterable[Judged], size: Size) -> None:
        """Remember what became of the faces that a crop was wanted of."""
        for each in judged:
            if isinstance(each, Unsent):
                self.left_out(each.reason)
            if each.quality is not None:
                self._coverage.measured(each.track.box, each.quality.sharpness, size)

    def left_out(self, reason: UnsentReason, faces: int = 1) -> None:
        """Count faces that were found and will not be sent."""
        self._unsent[reason] += faces

    def sent(self, crops: int) -> None:
        """Count crops on their way."""
        self._crops_sent += crops

    def reconnects(self, ever: int) -> int:
        """Return how often the source was opened again since this was last asked; `ever` is its own count."""
        since, self._reconnects = max(ever - self._reconnects, 0), ever
        return since

    def followed(self, tracks: Iterable[Track]) -> None:
        """Remember tracks as they stand; one that was seen only once is not worth telling."""
        for track in tracks:
            if track.last_seen_at > track.started_at:
                self._tracks[track.id] = track

    def beat(self, at: datetime, *, now: bool = False) -> Beat | None:
        """Return a heartbeat when one is due, or anyway with `now`, and start counting anew."""
        if self._since is None or at < self._since:
            self._since = at
        if at - self._since < self._every and not now:
            return None
        beat = Beat(
            since=self._since,
            at=at,
            state=self._state(at - self._since),
            frames=self._frames,
            frames_dropped=self._dropped,
            looks=self._looks,
            faces=self._faces,
            faces_too_small=self._too_small,
            crops_sent=self._crops_sent,
            unsent={reason: count for reason, count in self._unsent.items() if count},
            tracks=tuple(self._tracks.values())[:MOST_TRACKS],
            coverage=self._coverage.taken(),
            lesson_coverage=self.watched.share(self._lessons, at),
        )
        self._since = at
        self._clear()
        return beat

    def _state(self, passed: timedelta) -> State:
        if self._frames == 0:
            return "no_signal"
        limited = self._short() or self._late > TOLERATED_DELAY * passed
        return "capacity_limited" if limited else "watching"

    def _clear(self) -> None:
        self._frames = self._dropped = self._looks = 0
        self._faces = self._too_small = self._crops_sent = 0
        self._late = timedelta(0)
        self._unsent: Counter[UnsentReason] = Counter()
        self._tracks: dict[TrackId, Track] = {}
