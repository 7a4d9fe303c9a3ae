"""Which face of this frame is which track: the cheapest pairs, and those that nobody should trust.

A wrong pair gives one pupil's crops to another's track, and with it a wrong name; a pair not made costs
one more track. So a pair that is hardly cheaper than the best way without it is called *contested*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from lap import lapjvx
from numpy.typing import NDArray

Costs = NDArray[np.float64]
"""Shape (tracks, faces): what it costs to believe the pair; infinite where it is impossible."""


@dataclass(frozen=True, slots=True)
class Association:
    """`pairs` of (track, face) to believe; the tracks and faces of `contested` pairs are in no other."""

    pairs: tuple[tuple[int, int], ...]
    contested_tracks: frozenset[int]


def associate(costs: Costs, *, alone_cost: float, clearance: float) -> Association:
    """Pair tracks with faces at the least cost (Jonker and Volgenant 1987), each at most once.

    Leaving a track without its face costs `alone_cost`. A pair is contested when another way of pairing
    its track or its face would cost less than `clearance` more.
    """
    if costs.size == 0:
        return Association((), frozenset())
    bounded = np.where(np.isfinite(costs), costs, 2 * alone_cost)
    _, rows, columns = lapjvx(bounded, extend_cost=True)
    chosen = {
        int(track): int(face)
        for track, face in zip(rows, columns, strict=True)
        if np.isfinite(costs[track, face])
    }
    contested = {
        track for pair in chosen.items() for track in _contesting(costs, chosen, pair, alone_cost, clearance)
    }
    return Association(
        tuple(sorted(pair for pair in chosen.items() if pair[0] not in contested)), frozenset(contested)
    )


def _contesting(
    costs: Costs, chosen: dict[int, int], pair: tuple[int, int], alone_cost: float, clearance: float
) -> Iterator[int]:
    """Yield the tracks, `pair`'s own among them, that might as well be the other way round."""
    track, face = pair
    owner = {owned: owning for owning, owned in chosen.items()}
    for other in np.flatnonzero(np.isfinite(costs[track])):
        rival = owner.get(int(other))
        if other != face and _swapped(costs, pair, (rival, int(other)), alone_cost) < clearance:
            yield from (track,) if rival is None else (track, rival)
    for idle in np.flatnonzero(np.isfinite(costs[:, face])):
        if int(idle) not in chosen and costs[idle, face] - costs[track, face] < clearance:
            yield from (track, int(idle))


def _swapped(costs: Costs, pair: tuple[int, int], other: tuple[int | None, int], alone_cost: float) -> float:
    """Return what it costs more to give `pair`'s track the other face, and the other track this one."""
    (track, face), (rival, other_face) = pair, other
    extra = float(costs[track, other_face] - costs[track, face])
    if rival is None:
        return extra
    return extra + min(float(costs[rival, face]), alone_cost) - float(costs[rival, other_face])
