"""Collecting samples for an enrolment: good pictures of the one face in front of the camera. Pure.

The server asks (`CaptureSamples`); each frame is judged (`adsum_vision.judge`, as uploaded photos are), and
the collection answers with what to send: samples, and how far it has come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from adsum_contracts.commands import CaptureSamples
from adsum_contracts.routes import RefusalReason
from adsum_vision.judge import Accepted, Refused, Verdict

Outcome = Literal["accepted", "progress", "done", "failed"]


@dataclass(frozen=True, slots=True)
class SampleTaken:
    """Send this sample, the `index`th."""

    index: int
    sample: Accepted


@dataclass(frozen=True, slots=True)
class Progress:
    """Tell the server how far the capture has come."""

    outcome: Outcome
    done: int
    reason: str | None = None


CaptureStep = SampleTaken | Progress


@dataclass(frozen=True, slots=True)
class CapturePolicy:
    """Seconds between two samples (a face needs time to move), and until a stall is explained."""

    gap_s: float = 0.2
    stalled_s: float = 2.0


@dataclass(slots=True)
class Collection:
    """One capture, from its acceptance to `done` or `failed`."""

    command: CaptureSamples
    started_at: datetime
    policy: CapturePolicy = field(default_factory=CapturePolicy)
    done: int = 0
    finished: bool = False
    _last_taken_at: datetime | None = None
    _last_told_at: datetime | None = None
    _last_reason: RefusalReason = "no_face"

    def accepted(self) -> Progress:
        """Return the first thing to tell."""
        return Progress("accepted", 0)

    def observe(self, verdict: Verdict, at: datetime) -> tuple[CaptureStep, ...]:
        """Take a judged frame, or the lack of one (`Refused("no_face")`), and return what to send."""
        if self.finished:
            return ()
        if at - self.started_at >= timedelta(seconds=self.command.timeout_s):
            self.finished = True
            return (Progress("failed", self.done, self._last_reason),)
        match verdict:
            case Accepted():
                return self._take(verdict, at)
            case Refused(reason):
                self._last_reason = reason
                return self._explained(at)

    def _take(self, sample: Accepted, at: datetime) -> tuple[CaptureStep, ...]:
        if self._last_taken_at is not None and at - self._last_taken_at < timedelta(
            seconds=self.policy.gap_s
        ):
            return ()
        taken = SampleTaken(self.done, sample)
        self.done += 1
        self.finished = self.done >= self.command.count
        self._last_taken_at = self._last_told_at = at
        return taken, Progress("done" if self.finished else "progress", self.done)

    def _explained(self, at: datetime) -> tuple[CaptureStep, ...]:
        """Say why nothing goes on, every `stalled_s`."""
        if at - (self._last_told_at or self.started_at) < timedelta(seconds=self.policy.stalled_s):
            return ()
        self._last_told_at = at
        return (Progress("progress", self.done, self._last_reason),)
