"""Several heartbeats said as one, so that a spool that runs full keeps the proof of coverage. Pure.

Nothing that a register is made of is lost: the time watched, the tracks and the counts of faces stay. What
is lost is when, within the longer span, each of them was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from adsum_contracts.events import Heartbeat, PlaceSeen, TrackAlive
from adsum_contracts.ids import TrackId

LONGEST: Final = timedelta(minutes=5)
MOST_TRACKS: Final = 500
"""As many as one heartbeat may name."""

SUMMED: Final = (
    *("frames", "frames_dropped", "faces", "faces_too_small"),
    *("looks", "reconnects", "crops_sent"),
)


def condensed(beats: Iterable[Heartbeat], longest: timedelta = LONGEST) -> tuple[Heartbeat, ...]:
    """Return fewer heartbeats that say the same, each `longest` at most, under the sequence of its last."""
    runs: list[Heartbeat] = []
    for beat in beats:
        if runs and _follows(runs[-1], beat, longest):
            runs[-1] = _joined(runs[-1], beat)
        else:
            runs.append(beat)
    return tuple(runs)


def _follows(first: Heartbeat, second: Heartbeat, longest: timedelta) -> bool:
    """Whether the second goes on where the first ended, in the same state."""
    if first.state != second.state or second.captured_at - first.since > longest:
        return False
    tracks = {track.track_id for track in chain(first.tracks, second.tracks)}
    return (
        first.since <= second.since <= first.captured_at <= second.captured_at and len(tracks) <= MOST_TRACKS
    )


def _joined(first: Heartbeat, second: Heartbeat) -> Heartbeat:
    """Add the first to the second; what is not a count, a track or a place is as the second says."""
    sums: dict[str, Any] = {name: getattr(first, name) + getattr(second, name) for name in SUMMED}
    return second.model_copy(
        update=sums
        | {
            "since": first.since,
            "tracks": _all_tracks((*first.tracks, *second.tracks)),
            "unsent": dict(Counter(first.unsent) + Counter(second.unsent)),
            "coverage": _all_places((*first.coverage, *second.coverage)),
        }
    )


def _all_tracks(told: Sequence[TrackAlive]) -> tuple[TrackAlive, ...]:
    spans: dict[TrackId, TrackAlive] = {}
    for track in told:
        known = spans.get(track.track_id, track)
        spans[track.track_id] = TrackAlive(
            track_id=track.track_id,
            started_at=min(known.started_at, track.started_at),
            last_seen_at=max(known.last_seen_at, track.last_seen_at),
        )
    return tuple(spans.values())


def _all_places(told: Sequence[PlaceSeen]) -> tuple[PlaceSeen, ...]:
    places: dict[tuple[int, int], PlaceSeen] = {}
    for place in told:
        where = place.column, place.row
        places[where] = _both(places[where], place) if where in places else place
    return tuple(places.values())


def _both(one: PlaceSeen, other: PlaceSeen) -> PlaceSeen:
    share = one.faces / (one.faces + other.faces)
    return PlaceSeen(
        column=one.column,
        row=one.row,
        faces=one.faces + other.faces,
        too_small=one.too_small + other.too_small,
        face_px=share * one.face_px + (1 - share) * other.face_px,
        yaw=_mean(one.yaw, other.yaw, share),
        sharpness=_mean(one.sharpness, other.sharpness, share),
    )


def _mean(one: float | None, other: float | None, share: float) -> float | None:
    """Return the mean with `share` of the first, or the one that is known."""
    if one is None or other is None:
        return other if one is None else one
    return share * one + (1 - share) * other
