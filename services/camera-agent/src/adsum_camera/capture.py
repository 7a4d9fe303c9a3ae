"""Collecting samples for an enrolment: good pictures of the one face in front of the camera. Pure.

The server asks (`CaptureSamples`); each frame is judged (`adsum_vision.judge`, as uploaded photos are), and
the collection answers with what to send: samples, and how far it has come. A guided capture asks for
poses in turn; one that a person cannot take is skipped, and the samples it lacks come from those after
it, at last from any: a stiff neck keeps nobody from being enrolled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from adsum_camera.posing import Front, PosePolicy, shows
from adsum_contracts.commands import CaptureSamples
from adsum_contracts.face import Pose
from adsum_contracts.routes import PictureFault
from adsum_vision.judge import Accepted, Refused, Verdict
from adsum_vision.quality import Quality

Outcome = Literal["accepted", "progress", "done", "failed"]
Reason = PictureFault | Literal["wrong_pose", "pose_skipped", "agent_restarted", "too_late", "superseded"]
"""Why a capture does not go on. `wrong_pose`: a good face, which looks elsewhere than it was asked to;
`pose_skipped`: the pose before this could not be taken, and is asked for no more."""

TRYING = frozenset[Reason]({"wrong_pose", "turned_away"})
"""What is wrong while somebody is there and tries."""


@dataclass(frozen=True, slots=True)
class SampleTaken:
    """Send this sample, the `index`th, taken in the pose asked for, if one was."""

    index: int
    sample: Accepted
    pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Tell the server how far the capture has come; `pose` is the one wanted now."""

    outcome: Outcome
    done: int
    reason: Reason | None = None
    pose: Pose | None = None


CaptureStep = SampleTaken | Progress


@dataclass(frozen=True, slots=True)
class CapturePolicy:
    """Seconds: between two samples (a face needs time to move), until a stall is explained again, until a
    new reason for it is told, and for which somebody tries a pose before it is skipped."""

    gap_s: float = 0.2
    stalled_s: float = 2.0
    news_s: float = 0.5
    pose_patience_s: float = 20.0
    poses: PosePolicy = field(default_factory=PosePolicy)


@dataclass(slots=True)
class _Turn:
    """One pose, or with `None` any, and how many samples of it are still to come."""

    pose: Pose | None
    left: int
    tried: timedelta = timedelta(0)


@dataclass(slots=True)
class Collection:
    """One capture, from its acceptance to `done` or `failed`."""

    command: CaptureSamples
    started_at: datetime
    policy: CapturePolicy = field(default_factory=CapturePolicy)
    done: int = 0
    finished: bool = False
    _turn: _Turn = field(init=False)
    _poses: list[Pose] = field(init=False)
    _fronts: list[Quality] = field(default_factory=list)
    _seen_at: datetime = field(init=False)
    _taken_at: datetime | None = None
    _told_at: datetime = field(init=False)
    _told: Reason | None = None
    _reason: Reason = "no_face"

    def __post_init__(self) -> None:
        """Begin with the first pose."""
        self._poses = list(self.command.poses)
        self._turn = self._next_turn()
        self._seen_at = self._told_at = self.started_at

    def accepted(self) -> Progress:
        """Return the first thing to tell."""
        return Progress("accepted", 0, pose=self._turn.pose)

    def observe(self, verdict: Verdict, at: datetime) -> tuple[CaptureStep, ...]:
        """Take a judged frame, or the lack of one (`Refused("no_face")`), and return what to send."""
        if self.finished:
            return ()
        if at - self.started_at >= timedelta(seconds=self.command.timeout_s):
            self.finished = True
            return (Progress("failed", self.done, self._reason, self._turn.pose),)
        since, self._seen_at = at - self._seen_at, at
        match verdict:
            case Accepted() if self._is_posed(verdict.quality):
                return self._take(verdict, at)
            case Accepted():
                self._reason = "wrong_pose"
            case Refused(reason):
                self._reason = reason
        return self._waited(since, at)

    def _is_posed(self, quality: Quality) -> bool:
        pose = self._turn.pose
        return pose is None or shows(pose, quality, Front.of(self._fronts), self.policy.poses)

    def _take(self, sample: Accepted, at: datetime) -> tuple[CaptureStep, ...]:
        if self._taken_at is not None and at - self._taken_at < timedelta(seconds=self.policy.gap_s):
            return ()
        taken = SampleTaken(self.done, sample, self._turn.pose)
        if self._turn.pose == "front":
            self._fronts.append(sample.quality)
        self.done += 1
        self.finished = self.done >= self.command.count
        self._turn.left -= 1
        self._turn.tried = timedelta(0)
        if self._turn.left == 0:
            self._turn = self._next_turn()
        self._taken_at = at
        outcome: Outcome = "done" if self.finished else "progress"
        return taken, self._tell(Progress(outcome, self.done, pose=self._turn.pose), at)

    def _waited(self, since: timedelta, at: datetime) -> tuple[CaptureStep, ...]:
        """Lose patience with a pose that somebody tries in vain, or say why nothing goes on."""
        if self._reason in TRYING:
            self._turn.tried += since
        if self._turn.pose and self._turn.tried >= timedelta(seconds=self.policy.pose_patience_s):
            self._turn = self._next_turn()
            return (self._tell(Progress("progress", self.done, "pose_skipped", self._turn.pose), at),)
        pause = self.policy.stalled_s if self._reason == self._told else self.policy.news_s
        if at - self._told_at < timedelta(seconds=pause):
            return ()
        return (self._tell(Progress("progress", self.done, self._reason, self._turn.pose), at),)

    def _next_turn(self) -> _Turn:
        """Share what is left out evenly among the poses that are; without any, whatever comes will do."""
        left = self.command.count - self.done
        if not self._poses or not left:
            return _Turn(None, left)
        share = ceil(left / len(self._poses))
        return _Turn(self._poses.pop(0), share)

    def _tell(self, progress: Progress, at: datetime) -> Progress:
        self._told_at, self._told = at, progress.reason
        return progress
