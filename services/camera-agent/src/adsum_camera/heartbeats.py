"""What the camera saw since it last said so: the proof that somebody could have been seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from adsum_camera.tracking import Track
from adsum_contracts.ids import TrackId

State = Literal["watching", "no_signal", "capacity_limited"]

MOST_TRACKS: Final = 500
TOLERATED_DROPS: Final = 0.1
"""The share of frames that may be dropped before the camera says that it is too slow for its source."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat's contents; counters are since `since`, `tracks` were alive or lost since then."""

    since: datetime
    at: datetime
    state: State
    frames: int
    frames_dropped: int
    faces: int
    faces_too_small: int
    tracks: tuple[Track, ...]


class Pulse:
    """Counts between two heartbeats, `every_s` apart."""

    def __init__(self, every_s: float) -> None:
        self._every = timedelta(seconds=every_s)
        self._since: datetime | None = None
        self._clear()

    def saw(self, *, dropped: int, faces: int, faces_too_small: int) -> None:
        """Count one frame."""
        self._frames += 1
        self._dropped += dropped
        self._faces += faces
        self._too_small += faces_too_small

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
            state=self._state(),
            frames=self._frames,
            frames_dropped=self._dropped,
            faces=self._faces,
            faces_too_small=self._too_small,
            tracks=tuple(self._tracks.values())[:MOST_TRACKS],
        )
        self._since = at
        self._clear()
        return beat

    def _state(self) -> State:
        if self._frames == 0:
            return "no_signal"
        too_slow = self._dropped > TOLERATED_DROPS * (self._frames + self._dropped)
        return "capacity_limited" if too_slow else "watching"

    def _clear(self) -> None:
        self._frames = self._dropped = self._faces = self._too_small = 0
        self._tracks: dict[TrackId, Track] = {}
