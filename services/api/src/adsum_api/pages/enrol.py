"""What a person reads while a camera collects samples of a face. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adsum_api.enrolment.schemas import JobOut

POSES: Final[Mapping[str | None, str]] = {
    "front": "Look straight into the camera",
    "left": "Turn your head to your left",
    "right": "Turn your head to your right",
    "up": "Lift your chin",
    "down": "Lower your chin",
    None: "Look into the camera",
}
HINTS: Final[Mapping[str, str]] = {
    "no_face": "The camera sees nobody. Stand in front of it.",
    "two_faces": "The camera sees more than one person. Only one, please.",
    "face_too_small": "Come closer.",
    "too_blurred": "Hold still for a moment.",
    "too_dark": "It is too dark. Turn towards the light.",
    "too_bright": "It is too bright. Step away from the lamp or the window.",
    "turned_away": "That is too far. Turn back a little.",
    "low_detection_score": "The face is not clear. Take hands and hair out of it.",
    "cut_by_the_edge": "Move to the middle of the picture.",
    "wrong_pose": "Not yet: a little more.",
    "pose_skipped": "Never mind, we go on.",
}
FAILURES: Final[Mapping[str, str]] = {
    "agent_restarted": "The camera started anew in between. Please begin again.",
    "superseded": "Somebody else was enrolled at this camera meanwhile. Please begin again.",
    "too_late": "The camera got the request too late: was it offline? Please begin again.",
    "expired": "The camera did not answer: is it online?",
    "consent_withdrawn": "The consent was withdrawn: nothing was kept.",
}


@dataclass(frozen=True, slots=True)
class Instruction:
    """What to do now, large, and what is wrong, if anything; `tone` is `wait`, `do`, `done` or `failed`."""

    tone: str
    text: str
    hint: str
    over: bool


def instruction_of(job: JobOut) -> Instruction:
    """Return what the person before the camera should read."""
    if job.state == "done":
        taken = f"{job.accepted} of {job.wanted} pictures are enrolled."
        return Instruction("done", "Done. Thank you.", taken, True)
    if job.state == "failed":
        hint = FAILURES.get(job.error or "", HINTS.get(job.error or "", "Please begin again."))
        return Instruction("failed", "That did not work", hint, True)
    if job.state == "pending":
        return Instruction("wait", "Waiting for the camera…", "", False)
    if job.collected >= job.wanted:
        return Instruction("wait", "Thank you. Looking at the pictures…", "", False)
    text = POSES.get(job.pose, POSES[None])
    return Instruction("do", text, HINTS.get(job.error or "", ""), False)
