"""Judges what is around the source: detector, machine, spool, server. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from adsum_camera.doctor.findings import Finding, Number, Verdict
from adsum_vision.detectors import DetectorName

GOOD, LOOK, BROKEN = Verdict.GOOD, Verdict.LOOK, Verdict.BROKEN

MACHINE_SHARE: Final = 0.8
"""Of the CPU time that is there, what cameras may take: the rest is for decoding's peaks and the system."""

SPOOL_ROOM: Final = 1.25
SLOW_SYNC_S: Final = 0.25
TOLERATED_OFFSET_S: Final = 2.0
"""A camera's clock may be so far off before times of arrival look odd; the agent corrects them itself."""


MOST_STRAYING: Final[Mapping[DetectorName, float]] = {"mtcnn": 0.05, "yunet": 0.15}
"""Shares of a face's side: MTCNN places a drawn face's landmarks within 0.02 of where they were drawn, YuNet,
which learned other marks, within 0.10."""


def no_detector(missing: str) -> Finding:
    """Say that the detector cannot be loaded, and why."""
    return Finding("detector", BROKEN, missing, "without it no face is found")


def detector(straying: float | None, name: DetectorName) -> Finding:
    """Judge whether the detector sees a drawn face where it was drawn; `None` when it does not see it."""
    if straying is None or straying > MOST_STRAYING[name]:
        how = "does not find the drawn test face" if straying is None else "misplaces the drawn test face"
        advice = "this processor computes wrongly: on ARM with SVE boot with arm64.nosve, or take another box"
        return Finding("detector", BROKEN, f"{name} loaded, but {how}", advice)
    said = f"{name} loaded, finds the drawn test face within {100 * straying:.1f} %"
    return Finding("detector", GOOD, said, numbers={"straying": round(straying, 4)})


def capacity(cpu_s_per_look: float, decoding_cpu: float, looks_a_second: float, cores: int) -> Finding:
    """Judge how many cameras like this one the machine carries if every frame due is searched for faces.

    `decoding_cpu` is the share of a core that reading the source takes. The agent searches less often where
    nothing moves, so it carries more than this.
    """
    load = cpu_s_per_look * looks_a_second + decoding_cpu
    cameras = int(MACHINE_SHARE * cores / max(load, 1e-6))
    numbers: dict[str, Number] = {
        "cpu_ms_per_look": round(1000 * cpu_s_per_look, 1),
        "decoding_cpu": round(decoding_cpu, 3),
        "looks_a_second": looks_a_second,
        "cores": cores,
        "cameras": cameras,
    }
    said = (
        f"{1000 * cpu_s_per_look:.0f} ms a look, {100 * decoding_cpu:.0f} % of a core to read: carries "
        f"{cameras} such camera{'' if cameras == 1 else 's'} on {cores} cores at {looks_a_second:g} looks a s"
    )
    if cameras < 1:
        return Finding(
            "machine", LOOK, said, "too slow for this: lower ADSUM_FPS, or raise ADSUM_MIN_FACE_PX", numbers
        )
    return Finding("machine", GOOD, said, numbers=numbers)


@dataclass(frozen=True, slots=True)
class SpoolDisk:
    """The spool's folder: room in bytes, seconds of one synced write; `fault` when it cannot be written."""

    free_bytes: int = 0
    sync_s: float = 0.0
    fault: str | None = None


def spool(disk: SpoolDisk, most_mb: int) -> Finding:
    """Judge whether what is to be sent can be kept meanwhile."""
    if disk.fault is not None:
        return Finding(
            "spool", BROKEN, f"cannot be written: {disk.fault}", "see ADSUM_SPOOL_DIR and its owner"
        )
    free_mb = disk.free_bytes // 2**20
    numbers: dict[str, Number] = {"free_mb": free_mb, "sync_ms": round(1000 * disk.sync_s, 1)}
    said = f"{free_mb} MB free, {1000 * disk.sync_s:.0f} ms to write for good"
    if free_mb < SPOOL_ROOM * most_mb:
        advice = f"make room, or lower ADSUM_SPOOL_MAX_MB (now {most_mb})"
        return Finding("spool", LOOK, said, advice, numbers)
    if disk.sync_s > SLOW_SYNC_S:
        return Finding("spool", LOOK, said, "a slow or worn card: take another", numbers)
    return Finding("spool", GOOD, said, numbers=numbers)


KeyAccepted = Literal["accepted", "refused", "unproven"]


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What Redis said: `fault` when it could not be asked, else the time of an answer and what it proves.

    `key` tells whether what the server has signed for this camera fits its key; `offset_s` is the server's
    clock minus ours, `None` where it may not be asked.
    """

    fault: str | None = None
    answered_in_s: float = 0.0
    key: KeyAccepted | None = None
    offset_s: float | None = None


def server(answer: ServerAnswer) -> tuple[Finding, ...]:
    """Judge the way to the server: reached, key, clock."""
    if answer.fault is not None:
        advice = "see ADSUM_INGRESS_URL, the network and the firewall; entries wait in the spool"
        return (Finding("server", BROKEN, answer.fault, advice),)
    reached = Finding(
        "server",
        GOOD,
        f"answers in {1000 * answer.answered_in_s:.0f} ms",
        numbers={"answered_in_ms": round(1000 * answer.answered_in_s, 1)},
    )
    return (reached, *_key(answer.key), *_clock(answer.offset_s))


def _key(key: KeyAccepted | None) -> tuple[Finding, ...]:
    match key:
        case None:
            return ()
        case "accepted":
            return (Finding("key", GOOD, "fits what the server has signed for this camera"),)
        case "refused":
            advice = "ADSUM_CAMERA_KEY belongs to another camera, or was renewed: take it from the server"
            return (Finding("key", BROKEN, "does not fit what the server has signed", advice),)
        case "unproven":
            said = "the server has not signed anything for this camera yet"
            return (Finding("key", LOOK, said, "start the agent for a minute, then ask again"),)


def _clock(offset_s: float | None) -> tuple[Finding, ...]:
    if offset_s is None:
        return ()
    numbers: dict[str, Number] = {"offset_s": round(offset_s, 3)}
    said = f"{abs(offset_s):.1f} s {'behind' if offset_s > 0 else 'before'} the server's"
    if abs(offset_s) > TOLERATED_OFFSET_S:
        return (
            Finding(
                "clock", LOOK, said, "set up NTP on this machine; times are corrected meanwhile", numbers
            ),
        )
    return (Finding("clock", GOOD, said, numbers=numbers),)
