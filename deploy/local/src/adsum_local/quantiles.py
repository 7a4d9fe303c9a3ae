"""A quantile of a few numbers, as a person would read it off a sorted list."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest of `ordered` that at least `share` of them do not exceed (nearest rank), or None."""
    if not ordered:
        return None
    return ordered[max(ceil(share * len(ordered)) - 1, 0)]
