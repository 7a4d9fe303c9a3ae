"""Captures on demand: one at a time, each command once, and none left hanging by a restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from adsum_camera import drafts
from adsum_camera.adapters.spool import Spool
from adsum_camera.capture import CaptureStep, Collection, Progress, SampleTaken
from adsum_contracts.commands import CaptureSamples
from adsum_contracts.ids import CameraId
from adsum_vision.crops import encode_jpeg
from adsum_vision.judge import Verdict

OPEN: Final = "open_capture"
OBEYED: Final = "obeyed_commands"
REMEMBERED: Final = 1000
CLOCKS_APART: Final = timedelta(minutes=2)
"""How far the server's clock may be behind ours before its commands look too old to obey."""


@dataclass(slots=True)
class Enrolling:
    """The capture under way, if any; everything it says goes through the spool."""

    spool: Spool
    camera_id: CameraId
    jpeg_quality: int
    _collection: Collection | None = field(default=None, init=False)

    @property
    def active(self) -> bool:
        """Whether somebody is being enrolled."""
        return self._collection is not None

    def give_up_interrupted(self, at: datetime) -> None:
        """Tell the server of the capture that a crash or a restart of this agent ended."""
        kept = self.spool.state(OPEN)
        if kept:
            failed = Progress("failed", 0, "agent_restarted")
            self._tell(CaptureSamples.model_validate_json(kept), failed, at, {OPEN: ""})

    def begin(self, command: CaptureSamples, at: datetime) -> None:
        """Start a capture, unless this command was obeyed before; a running one ends for the new one."""
        obeyed = (self.spool.state(OBEYED) or "").split()
        if str(command.command_id) in obeyed:
            return
        if at - command.issued_at > timedelta(seconds=command.timeout_s) + CLOCKS_APART:
            self._tell(command, Progress("failed", 0, "too_late"), at, {})
            return
        if self._collection is not None:
            superseded = Progress("failed", self._collection.done, "superseded")
            self._tell(self._collection.command, superseded, at, {OPEN: ""})
        self._collection = Collection(command, at)
        obeyed = [*obeyed[1 - REMEMBERED :], str(command.command_id)]
        states = {OBEYED: " ".join(obeyed), OPEN: command.model_dump_json()}
        self._tell(command, self._collection.accepted(), at, states)

    def observe(self, verdict: Verdict, at: datetime) -> None:
        """Take a judged frame into the capture under way."""
        if self._collection is None:
            return
        for step in self._collection.observe(verdict, at):
            self._send(self._collection.command, step, at)
        if self._collection.finished:
            self._collection = None

    def _send(self, command: CaptureSamples, step: CaptureStep, at: datetime) -> None:
        match step:
            case SampleTaken():
                picture = encode_jpeg(step.sample.crop.image, self.jpeg_quality)
                self.spool.append(drafts.enrolment_sample(self.camera_id, command.job_id, step, at), picture)
            case Progress():
                ended = step.outcome in {"done", "failed"}
                self._tell(command, step, at, {OPEN: ""} if ended else {})

    def _tell(
        self, command: CaptureSamples, progress: Progress, at: datetime, states: dict[str, str]
    ) -> None:
        self.spool.append(drafts.command_reply(self.camera_id, command, progress, at), state=states)
