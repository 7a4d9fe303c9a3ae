"""What a full spool gives up first: the entries that change a register least. Pure.

In this order, and within one kind the crop with the most better ones of its track first, then the one of
the lowest quality, then the oldest:

1. crops of a track that has its name: they can only confirm it;
2. crops of a track of which two better ones are kept;
3. the second crop of a track: agreement of two crops names a face that one alone may not;
4. heartbeats, the oldest first. Without them a lesson is `not_observed`, which is true of it by then;
5. the best crop of a track without a name: without it somebody who came may be called `absent`, so it
   must outlive the heartbeats that would prove that the room was watched;
6. samples for an enrolment: somebody stood still for them;
7. replies to commands: a page waits for them, and they are tiny.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Worth(IntEnum):
    """What an entry is worth; the least goes first."""

    NAMED_CROP = 1
    LATER_CROP = 2
    SECOND_CROP = 3
    HEARTBEAT = 4
    BEST_CROP = 5
    SAMPLE = 6
    REPLY = 7


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as far as its worth goes; `size` is in bytes, `quality` from 0 to 1."""

    sequence: int
    kind: str
    size: int
    track: bytes | None = None
    quality: float = 0.0
    named: bool = False


Place = tuple[Worth, int, float, int]
"""Worth, minus the number of better crops kept of the track, quality, sequence: the lowest goes first."""


def going(kept: Sequence[Kept], most_bytes: int) -> tuple[Kept, ...]:
    """Return the fewest entries, least valuable first, without which the rest has at most `most_bytes`."""
    too_many = sum(entry.size for entry in kept) - most_bytes
    gone: list[Kept] = []
    places = worths(kept)
    for entry in sorted(kept, key=lambda each: places[each.sequence]):
        if too_many <= 0:
            break
        gone.append(entry)
        too_many -= entry.size
    return tuple(gone)


def worths(kept: Sequence[Kept]) -> dict[int, Place]:
    """Return the place of each entry in the order of going, by its sequence."""
    better = _better_ones(kept)
    return {
        entry.sequence: (_worth(entry, rank), -rank, entry.quality, entry.sequence)
        for entry, rank in ((each, better.get(each.sequence, 0)) for each in kept)
    }


def _worth(entry: Kept, better: int) -> Worth:
    match entry.kind:
        case "command_reply":
            return Worth.REPLY
        case "enrolment_sample":
            return Worth.SAMPLE
        case "heartbeat":
            return Worth.HEARTBEAT
    if entry.named:
        return Worth.NAMED_CROP
    return (Worth.BEST_CROP, Worth.SECOND_CROP)[better] if better < 2 else Worth.LATER_CROP


def _better_ones(kept: Sequence[Kept]) -> dict[int, int]:
    """Count, for each crop, those of its track that are better; of two equals the newer one is."""
    crops: dict[bytes, list[Kept]] = defaultdict(list)
    for entry in kept:
        if entry.track is not None:
            crops[entry.track].append(entry)
    return {
        entry.sequence: rank
        for of_track in crops.values()
        for rank, entry in enumerate(
            sorted(of_track, key=lambda each: (each.quality, each.sequence), reverse=True)
        )
    }
