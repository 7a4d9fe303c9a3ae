"""Which crops of a track are worth sending. Pure: candidates and times in, chosen candidates out.

The rule of identity needs crops that agree, at least a second apart; the network and the recogniser
need few. So a track gets up to three crops soon after it appears, each the best of a short while, then
one now and again: less often once its name is known, as proof that its owner is still there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adsum_camera.tracking import Track, TrackState
from adsum_contracts.events import UnsentReason
from adsum_contracts.ids import TrackId
from adsum_vision.crops import Crop
from adsum_vision.quality import Quality


@dataclass(frozen=True, slots=True)
class Candidate:
    """A crop good enough to send, as the track stood when it was captured."""

    track: Track
    crop: Crop
    quality: Quality
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Unsent:
    """A face that is not worth sending, and why; `quality` is `None` where it was plain without measuring."""

    track: Track
    reason: UnsentReason
    quality: Quality | None = None


Judged = Candidate | Unsent


@dataclass(frozen=True, slots=True)
class SelectionPolicy:
    """How many crops, and when; seconds.

    A track's first `len(early_gaps_s)` crops come at least those gaps after the one before, as long as
    the track is younger than `early_s`; later ones `later_every_s` apart, `named_every_s` once named.
    Before a crop is sent, `settle_s` pass in which a better one replaces it; a head turned
    `full_turn_degrees` away from all crops sent so far adds `turn_weight` to the quality.
    """

    early_gaps_s: tuple[float, ...] = (0.0, 1.0, 3.0)
    early_s: float = 10.0
    later_every_s: float = 30.0
    named_every_s: float = 60.0
    settle_s: float = 0.7
    most_per_track: int = 120
    turn_weight: float = 0.2
    full_turn_degrees: float = 60.0


@dataclass(slots=True)
class _Chosen:
    """What was sent of one track, and what waits."""

    sent: int = 0
    last_sent_at: datetime | None = None
    yaws: list[float] = field(default_factory=list)
    best: Candidate | None = None
    waiting_since: datetime | None = None


class Selector:
    """Remembers, per track, what was sent; forgets a track when it is lost."""

    def __init__(self, policy: SelectionPolicy | None = None) -> None:
        self._policy = policy or SelectionPolicy()
        self._chosen: dict[TrackId, _Chosen] = {}
        self._named: set[TrackId] = set()

    def wanting(self, tracks: Iterable[Track], at: datetime) -> tuple[Track, ...]:
        """Return the tracks of which a crop of this frame would be welcome: cutting and judging cost."""
        return tuple(
            track for track in tracks if track.state is TrackState.SEEN and self._next_due_at(track) <= at
        )

    def choose(
        self, candidates: Sequence[Candidate], tracks: Iterable[Track], at: datetime
    ) -> tuple[Candidate, ...]:
        """Take this frame's candidates and return those, of this frame or before, to send now.

        `tracks` are the tracker's: a lost one sends at once what it still has, and is forgotten.
        """
        for candidate in candidates:
            self._consider(candidate)
        lost = {track.id for track in tracks if track.state is TrackState.LOST}
        settled = [
            self._sent(chosen)
            for track_id, chosen in self._chosen.items()
            if track_id in lost or self._is_settled(chosen, at)
        ]
        for track_id in lost:
            self._chosen.pop(track_id, None)
            self._named.discard(track_id)
        return tuple(candidate for candidate in settled if candidate is not None)

    def named(self, track_id: TrackId) -> bool:
        """Learn that the server knows whose track this is; say whether the track is still followed."""
        if track_id in self._chosen:
            self._named.add(track_id)
        return track_id in self._chosen

    def _next_due_at(self, track: Track) -> datetime:
        """When the next crop of this track may be captured."""
        chosen = self._chosen.get(track.id)
        if chosen is None or chosen.last_sent_at is None:
            return track.started_at
        if chosen.sent >= self._policy.most_per_track:
            return datetime.max.replace(tzinfo=track.started_at.tzinfo)
        if track.id in self._named:
            return chosen.last_sent_at + timedelta(seconds=self._policy.named_every_s)
        if chosen.sent < len(self._policy.early_gaps_s):
            early = chosen.last_sent_at + timedelta(seconds=self._policy.early_gaps_s[chosen.sent])
            if early <= track.started_at + timedelta(seconds=self._policy.early_s):
                return early
        return chosen.last_sent_at + timedelta(seconds=self._policy.later_every_s)

    def _consider(self, candidate: Candidate) -> None:
        chosen = self._chosen.setdefault(candidate.track.id, _Chosen())
        if chosen.waiting_since is None:
            chosen.waiting_since = candidate.captured_at
        if chosen.best is None or self._worth(candidate, chosen) > self._worth(chosen.best, chosen):
            chosen.best = candidate

    def _worth(self, candidate: Candidate, chosen: _Chosen) -> float:
        """Quality, and a little for a pose that was not sent before."""
        turned = min((abs(candidate.quality.yaw - yaw) for yaw in chosen.yaws), default=0.0)
        novelty = min(turned / self._policy.full_turn_degrees, 1.0)
        return candidate.quality.score + self._policy.turn_weight * novelty

    def _is_settled(self, chosen: _Chosen, at: datetime) -> bool:
        waited = timedelta(seconds=self._policy.settle_s)
        return chosen.waiting_since is not None and at - chosen.waiting_since >= waited

    def _sent(self, chosen: _Chosen) -> Candidate | None:
        best = chosen.best
        if best is not None:
            chosen.sent += 1
            chosen.last_sent_at = best.captured_at
            chosen.yaws.append(best.quality.yaw)
            chosen.best, chosen.waiting_since = None, None
        return best
