"""Who is it? Pure rules from what the crops of a lesson look like to a name, or to the reason for none.

One crop never names anybody by itself, unless it is very good: a *track* is named, by all its crops, and a
student is at most one face of a camera at a time. The same sightings give the same names in any order,
and however often one of them is repeated. Explained with a figure in docs/identity.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from adsum_contracts.face import HIGH_DOUBT
from adsum_contracts.ids import StudentId, TrackId
from adsum_recognizer.evidence import (
    NO_PAIRS,
    Apart,
    Crop,
    TrackEvidence,
    Vote,
    Whole,
    distinct,
    together,
    vote,
)

UnknownReason = Literal["no_usable_face", "below_threshold", "unconfirmed"]
AmbiguousReason = Literal[
    "rival_too_close", "look_alike", "conflicting_crops", "seen_elsewhere", "said_not_to_be"
]
ReviewReason = Literal["may_be_a_picture"]

DOUBTFUL_CROPS: Final = 2
"""So many crops must be of high doubt, and at least half of those that say anything at all. A crop's doubt is
the camera's word on the track up to then, which one cue alone can raise: so one crop decides nothing."""

OUTVOTES: Final = 3
"""So many clear crops of a track for each that speaks for somebody else: a camera that follows on from one
face to the next begins or ends the track with a crop or two of the other."""


@dataclass(frozen=True, slots=True)
class ClearLead:
    """A small or blurred face is less like its template, and less like everybody else's too: at `floor`, a
    lead of `margin` over the best other student says as much as the threshold does with a smaller one."""

    floor: float
    margin: float


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """What a name needs. Scores and margins are cosine similarities.

    A crop counts that reaches `threshold` with `margin` over the best other student. Below, down to the
    floor of the `clear` lead, the lower the score the larger the lead it needs. A name needs two such
    crops at least `agreement_s` seconds apart, or one that reaches `strong_threshold`; or means over the
    crops of as long a time that reach the threshold, with a lead as large as means need.
    """

    threshold: float
    strong_threshold: float
    margin: float
    agreement_s: float = 1.0
    clear: ClearLead | None = None

    @property
    def lowest(self) -> float:
        """The lowest score that can count."""
        return self.threshold if self.clear is None else min(self.threshold, self.clear.floor)

    def counts(self, score: float, margin: float, scatter: float = 1.0) -> bool:
        """Whether a best score and a lead speak for a name: a crop's, or the means of several, whose leads
        have the standard deviation `scatter` of a single crop's and need to be only so much as large."""
        return score >= self.lowest and margin >= scatter * self.margin_at(score)

    def margin_at(self, score: float) -> float:
        """The lead that a score needs: `margin` from the threshold on, and evenly more below it."""
        if self.clear is None or score >= self.threshold:
            return self.margin
        short_by = (self.threshold - score) / (self.threshold - self.clear.floor)
        return self.margin + short_by * (self.clear.margin - self.margin)

    def at_least(self, threshold: float | None) -> MatchPolicy:
        """Return the policy made stricter by `threshold`, which no score may undercut; a lower one changes
        nothing."""
        if threshold is None or threshold <= self.lowest:
            return self
        return replace(
            self,
            threshold=max(threshold, self.threshold),
            strong_threshold=max(threshold, self.strong_threshold),
            clear=self.clear and replace(self.clear, floor=max(threshold, self.clear.floor)),
        )


@dataclass(frozen=True, slots=True)
class Recognised:
    """The track is this student; `score` and `margin` are the means over its crops.

    With `review` a person has to look before the name counts: doubt takes no name away and gives none.
    """

    student_id: StudentId
    score: float
    margin: float
    review: ReviewReason | None = None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The track looks like this student, and something speaks against saying so; `score` and `margin` are
    those of its best crop, or of all where only another face with the name speaks against it."""

    student_id: StudentId
    score: float
    margin: float
    reason: AmbiguousReason


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing says who it is; `score` is the best that any student of the roster reached."""

    reason: UnknownReason
    score: float | None = None


Identity = Recognised | Ambiguous | Unknown


def identify(
    tracks: Sequence[TrackEvidence], policy: MatchPolicy, apart: Apart = NO_PAIRS
) -> dict[TrackId, Identity]:
    """Decide every track of a lesson, together: a name that two faces claim at once is given to one.

    `apart`: the pairs of which either must lead the other by more than the policy's margin.
    """
    ordered = sorted(tracks, key=lambda track: (track.camera_id, track.started_at, track.track_id))
    identities = {track.track_id: _on_its_own(track, policy, apart) for track in ordered}
    bids = {track.track_id: _bids(track, policy) for track in ordered}
    students = sorted({student for of_track in bids.values() for student in of_track})
    gains = {
        track_id: np.array([of_track.get(student, 0.0) for student in students])
        for track_id, of_track in bids.items()
    }
    for _, of_camera in groupby(ordered, key=lambda track: track.camera_id):
        for alive in _alive_together(tuple(of_camera)):
            for track_id in _outbid(alive, gains, students, identities):
                identities[track_id] = _without_name(identities[track_id], "seen_elsewhere")
    return identities


def _on_its_own(track: TrackEvidence, policy: MatchPolicy, apart: Apart) -> Identity:
    crops = distinct(track.crops)
    if not crops:
        return Unknown("no_usable_face")
    identity = _named(crops, policy, apart)
    if isinstance(identity, Recognised):
        if identity.student_id in track.not_these:
            return _without_name(identity, "said_not_to_be")
        return replace(identity, review=_review(track.crops))
    if apart and isinstance(found := _named(crops, policy, NO_PAIRS), Recognised):
        return _without_name(found, "look_alike")
    return identity


def _named(crops: Sequence[Crop], policy: MatchPolicy, apart: Apart) -> Identity:
    votes = [vote(crop, apart) for crop in crops]
    likely = [vote for vote in votes if vote.score >= policy.threshold]
    clear = [vote for vote in votes if policy.counts(vote.score, vote.margin)]
    best = max(clear or likely or votes, key=lambda vote: (vote.score, vote.margin, vote.student_id))
    whole = together(crops, min(policy.threshold, best.score) - policy.margin, apart)
    against = sum(vote.student_id != whole.student_id for vote in clear)
    if len(clear) - against < OUTVOTES * against:
        return Ambiguous(best.student_id, best.score, best.margin, "conflicting_crops")
    if _agree(clear, likely, whole, policy):
        return Recognised(whole.student_id, whole.score, whole.margin)
    if clear:
        return Unknown("unconfirmed", best.score)
    if likely:
        return Ambiguous(best.student_id, best.score, best.margin, "rival_too_close")
    return Unknown("below_threshold", best.score)


def _agree(clear: Sequence[Vote], likely: Sequence[Vote], whole: Whole, policy: MatchPolicy) -> bool:
    """Whether the crops together name somebody, and two of them do that are not of one moment.

    Strangers rarely reach the threshold: where the mean does, the question is which of us it is, and for
    that crops without a lead of their own make up for each other.
    """
    if not policy.counts(whole.score, whole.margin, whole.scatter):
        return False
    speak = clear if whole.score < policy.threshold else [*clear, *likely]
    return _confirmed([vote for vote in speak if vote.student_id == whole.student_id], policy)


def _review(crops: Iterable[Crop]) -> ReviewReason | None:
    doubts = [crop.doubt for crop in set(crops) if crop.doubt is not None]
    doubtful = sum(doubt >= HIGH_DOUBT for doubt in doubts)
    return "may_be_a_picture" if doubtful >= DOUBTFUL_CROPS and 2 * doubtful >= len(doubts) else None


def _confirmed(votes: Sequence[Vote], policy: MatchPolicy) -> bool:
    if not votes:
        return False
    times = [vote.at for vote in votes]
    if (max(times) - min(times)).total_seconds() >= policy.agreement_s:
        return True
    return any(vote.score >= policy.strong_threshold for vote in votes)


def _alive_together(tracks: Sequence[TrackEvidence]) -> Iterator[tuple[TrackEvidence, ...]]:
    """Yield the tracks alive at each track's start: any two that overlap are in one of these groups.

    A track ends just before `last_seen_at`, so that one that starts where another ends may have its name.
    """
    alive: list[TrackEvidence] = []
    for track in tracks:
        alive = [other for other in alive if other.last_seen_at > track.started_at]
        alive.append(track)
        if len(alive) > 1:
            yield tuple(alive)


def _outbid(
    alive: Sequence[TrackEvidence],
    gains: Mapping[TrackId, npt.NDArray[np.float64]],
    students: Sequence[StudentId],
    identities: Mapping[TrackId, Identity],
) -> Iterator[TrackId]:
    """Yield the named tracks whose student fits another face, there at the same time, better.

    The assignment maximises what the scores have *above the lowest that counts*: a student who barely
    passes somewhere never pushes a better face off its name.
    """
    of_alive = np.stack([gains[track.track_id] for track in alive])
    if not (np.count_nonzero(of_alive, axis=0) > 1).any():
        return
    rows, columns = linear_sum_assignment(of_alive, maximize=True)
    given = {int(row): students[int(column)] for row, column in zip(rows, columns, strict=True)}
    for row, track in enumerate(alive):
        identity = identities[track.track_id]
        if isinstance(identity, Recognised) and given.get(row) != identity.student_id:
            yield track.track_id


_TINY: Final = 1e-6
"""Keeps a score that is just high enough a bid."""


def _bids(track: TrackEvidence, policy: MatchPolicy) -> dict[StudentId, float]:
    lowest = policy.lowest
    bids: dict[StudentId, float] = {}
    for candidate in (candidate for crop in track.crops for candidate in crop.candidates):
        if candidate.student_id in track.not_these:
            continue
        gain = candidate.score - lowest + _TINY
        if gain > 0:
            bids[candidate.student_id] = max(gain, bids.get(candidate.student_id, gain))
    return bids


def _without_name(identity: Identity, reason: AmbiguousReason) -> Identity:
    if not isinstance(identity, Recognised):
        return identity
    return Ambiguous(identity.student_id, identity.score, identity.margin, reason)
