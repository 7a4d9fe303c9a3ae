"""Spans of time, half open and in UTC: merged, clipped and measured. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` to `end`, both aware; one glance has `start == end`."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a span ends at {self.end}, before it starts at {self.start}")

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def clipped(self, to: Span) -> Span | None:
        """The part of it inside `to`, if any; a glance at the very end of `to` is outside."""
        start, end = max(self.start, to.start), min(self.end, to.end)
        return Span(start, end) if start <= end and start < to.end else None


def merged(spans: Iterable[Span], bridge: timedelta = timedelta(0)) -> tuple[Span, ...]:
    """Return `spans` in order of time, those that overlap or lie at most `bridge` apart made one."""
    union: list[Span] = []
    for span in sorted(spans):
        if union and span.start - union[-1].end <= bridge:
            union[-1] = Span(union[-1].start, max(union[-1].end, span.end))
        else:
            union.append(span)
    return tuple(union)


def clipped(spans: Iterable[Span], to: Span) -> tuple[Span, ...]:
    """Return the parts of `spans` that lie inside `to`."""
    return tuple(part for span in spans if (part := span.clipped(to)) is not None)


def total(spans: Iterable[Span]) -> timedelta:
    """Return how long spans that do not overlap last together."""
    return sum((span.length for span in spans), timedelta(0))


def share(spans: Iterable[Span], of: Span) -> float:
    """Return which part of `of`, from 0 to 1, the `spans` cover; of no time at all, they cover all."""
    if not of.length:
        return 1.0
    return total(merged(clipped(spans, of))) / of.length
