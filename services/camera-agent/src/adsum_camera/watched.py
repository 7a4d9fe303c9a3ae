"""How much of a lesson the camera has watched. Pure: times of frames in, shares out.

Between two frames that are `LONGEST_GAP_S` apart at most nobody came and went unseen, so the time
between them counts as watched; a longer gap does not. The spans are kept as text in the spool's state
with every heartbeat, so a restart loses what came after the last one, and the time it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adsum_contracts.commands import LessonHours

LONGEST_GAP_S: Final = 3.0
KEPT: Final = timedelta(hours=12)
"""No lesson is longer."""

MOST_SPANS: Final = 200
"""A source that stutters makes many; beyond this the oldest go, and the share is told too low."""


@dataclass(frozen=True, slots=True)
class Span:
    """Watched without a gap from the first time until the second."""

    since: datetime
    until: datetime


class Watched:
    """The spans watched of late, in order and apart."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans = list(spans)

    def frame(self, at: datetime) -> None:
        """Learn that a frame came. What was watched after it, by a clock since set back, is forgotten."""
        if self._spans and at < self._spans[-1].until:
            self._spans = [Span(span.since, min(span.until, at)) for span in self._spans if span.since <= at]
        last = self._spans[-1] if self._spans else None
        if last is not None and at - last.until <= timedelta(seconds=LONGEST_GAP_S):
            self._spans[-1] = Span(last.since, at)
        else:
            self._spans.append(Span(at, at))
        self._forget(at)

    def share(self, lessons: Sequence[LessonHours], at: datetime) -> float | None:
        """Return the share of the lesson under way, from its start until `at`; `None` between lessons."""
        lesson = next((each for each in lessons if each.starts_at < at <= each.ends_at), None)
        return None if lesson is None else watched_share(self._spans, lesson.starts_at, at)

    def to_text(self) -> str:
        """Return the spans for the spool's state."""
        return " ".join(f"{span.since.isoformat()}/{span.until.isoformat()}" for span in self._spans)

    @staticmethod
    def from_text(text: str | None) -> Watched:
        """Go on where the agent before us was."""
        pairs = [part.split("/") for part in (text or "").split()]
        return Watched(
            Span(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in pairs
        )

    def _forget(self, at: datetime) -> None:
        """Keep what a lesson may still ask for, and never more than `MOST_SPANS`."""
        if len(self._spans) > MOST_SPANS or at - self._spans[0].until > KEPT:
            self._spans = [span for span in self._spans if at - span.until <= KEPT][-MOST_SPANS:]


def watched_share(spans: Iterable[Span], since: datetime, until: datetime) -> float:
    """Return how much of the time from `since` to `until` the spans, which do not overlap, cover; 0 to 1."""
    covered = sum(
        (max(min(span.until, until) - max(span.since, since), timedelta(0)) for span in spans), timedelta(0)
    )
    return min(covered / (until - since), 1.0)
