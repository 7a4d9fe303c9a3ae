"""Which crops of a track are worth sending. Pure: candidates and times in, chosen candidates out.

The rule of identity needs crops that agree, at least a second apart; the network and the recogniser
need few. So a track gets up to three crops soon after its face is first seen well, each the best of a
short while, then one now and again. Once its name is known only a rare one is sent, which would tell if
the track had gone over to somebody else: that its owner is still there, heartbeats say. A new track
starts from nothing, wherever it begins: a name never passes from one track to another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
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

    The first `len(early_gaps_s)` crops of a track come at least those gaps after the one before, within
    `early_s` of the first; later ones `later_every_s` apart, `named_every_s` once the track is named and
    `least` were sent: a name that one crop gave is confirmed or contradicted by another. Before a crop is
    sent, `settle_s` pass in which a better one replaces it; a head turned `full_turn_degrees` away from
    all crops sent so far adds `turn_weight` to the quality. No track sends more than `most_per_track`, no
    camera more than `most_per_minute` in any minute: a room of 40 that fills at once needs half of that,
    so it is for a detector gone wrong, or a corridor at the bell.
    """

    early_gaps_s: tuple[float, ...] = (0.0, 1.0, 3.0)
    early_s: float = 10.0
    later_every_s: float = 30.0
    named_every_s: float = 300.0
    least: int = 2
    settle_s: float = 0.7
    most_per_track: int = 60
    most_per_minute: int = 240
    turn_weight: float = 0.05
    full_turn_degrees: float = 60.0


@dataclass(slots=True)
class _Chosen:
    """What was sent of one track, and what waits."""

    sent: int = 0
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    poses: list[complex] = field(default_factory=list)
    named: bool = False
    best: Candidate | None = None
    waiting_since: datetime | None = None


def _trusted(_: TrackId) -> bool:
    return False


class Selector:
    """Remembers, per track, what was sent; forgets a track when it is lost."""

    def __init__(self, policy: SelectionPolicy | None = None) -> None:
        self._policy = policy or SelectionPolicy()
        self._chosen: dict[TrackId, _Chosen] = {}
        self._sent_at: deque[datetime] = deque()

    def wanting(
        self, tracks: Iterable[Track], at: datetime, is_doubtful: Callable[[TrackId], bool] = _trusted
    ) -> tuple[Track, ...]:
        """Return the tracks of which a crop of this frame would be welcome: cutting and judging cost.

        A name does not settle a track that `is_doubtful`, that is, that may be a picture: the server must
        hear of that from several crops.
        """
        return tuple(
            track
            for track in tracks
            if track.state is TrackState.SEEN and self._is_due(track.id, at, is_doubtful)
        )

    def choose(
        self, candidates: Sequence[Candidate], tracks: Iterable[Track], at: datetime
    ) -> tuple[Candidate, ...]:
        """Take this frame's candidates and return those, of this frame or before, to send now.

        `tracks` are the tracker's: a lost one sends at once what it still has, and is forgotten. Where
        the minute has no room for all, tracks go first that are lost or have sent the least, then the
        best; the others wait, and lost ones go without.
        """
        for candidate in candidates:
            self._consider(candidate)
        lost = {track.id for track in tracks if track.state is TrackState.LOST}
        ripe = [
            (track_id not in lost, chosen.sent, -best.quality.score, track_id, best)
            for track_id, chosen in self._chosen.items()
            if (best := chosen.best) is not None and (track_id in lost or self._is_settled(chosen, at))
        ]
        sending = [best for *_, best in sorted(ripe, key=lambda each: each[:4])[: self._room(at)]]
        for best in sending:
            self._note_sent(best, at)
        for track_id in lost:
            self._chosen.pop(track_id, None)
        return tuple(sending)

    def named(self, track_id: TrackId) -> bool:
        """Learn that the server knows whose track this is; say whether the track is still followed."""
        chosen = self._chosen.get(track_id)
        if chosen is None:
            return False
        chosen.named = True
        if chosen.sent >= self._policy.least:
            chosen.best, chosen.waiting_since = None, None
        return True

    def _is_due(self, track_id: TrackId, at: datetime, is_doubtful: Callable[[TrackId], bool]) -> bool:
        """Say whether the next crop of this track may be captured."""
        chosen, policy = self._chosen.get(track_id), self._policy
        if chosen is None or chosen.first_sent_at is None or chosen.last_sent_at is None:
            return True
        if chosen.sent >= policy.most_per_track:
            return False
        waited = (at - chosen.last_sent_at).total_seconds()
        if chosen.named and chosen.sent >= policy.least:
            settled = waited < policy.later_every_s or not is_doubtful(track_id)
            return waited >= (policy.named_every_s if settled else policy.later_every_s)
        is_early = (at - chosen.first_sent_at).total_seconds() <= policy.early_s
        if is_early and chosen.sent < len(policy.early_gaps_s):
            return waited >= policy.early_gaps_s[chosen.sent]
        return waited >= policy.later_every_s

    def _consider(self, candidate: Candidate) -> None:
        chosen = self._chosen.setdefault(candidate.track.id, _Chosen())
        if chosen.waiting_since is None:
            chosen.waiting_since = candidate.captured_at
        if chosen.best is None or self._worth(candidate, chosen) > self._worth(chosen.best, chosen):
            chosen.best = candidate

    def _worth(self, candidate: Candidate, chosen: _Chosen) -> float:
        """Quality, and a little for a pose that was not sent before."""
        pose = _pose(candidate)
        turned = min((abs(pose - sent) for sent in chosen.poses), default=0.0)
        novelty = min(turned / self._policy.full_turn_degrees, 1.0)
        return candidate.quality.score + self._policy.turn_weight * novelty

    def _is_settled(self, chosen: _Chosen, at: datetime) -> bool:
        waited = timedelta(seconds=self._policy.settle_s)
        return chosen.waiting_since is not None and at - chosen.waiting_since >= waited

    def _room(self, at: datetime) -> int:
        """How many crops may still be sent in the minute that ends now."""
        minute_ago = at - timedelta(minutes=1)
        while self._sent_at and not minute_ago < self._sent_at[0] <= at:
            self._sent_at.popleft()
        return self._policy.most_per_minute - len(self._sent_at)

    def _note_sent(self, best: Candidate, at: datetime) -> None:
        chosen = self._chosen[best.track.id]
        chosen.sent += 1
        chosen.poses.append(_pose(best))
        chosen.first_sent_at = chosen.first_sent_at or best.captured_at
        chosen.last_sent_at = best.captured_at
        chosen.best, chosen.waiting_since = None, None
        self._sent_at.append(at)


def _pose(candidate: Candidate) -> complex:
    """Yaw and pitch as one point of a plane, in degrees: its distances are how far a head has turned."""
    return complex(candidate.quality.yaw, candidate.quality.pitch)
