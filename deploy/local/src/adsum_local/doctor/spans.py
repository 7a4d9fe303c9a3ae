"""Lengths of time as people say them. Pure."""

from __future__ import annotations

from datetime import timedelta

UNITS = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"))


def said(length: timedelta) -> str:
    """Return `3 days`, `5 hours`, `2 minutes` or `0.4 s`, whatever fits; the sign is left to the sentence."""
    seconds = abs(length.total_seconds())
    for size, unit in UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
