"""Judges what strangers and boxes can do: on the ingress server, and at ports that should be closed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from adsum_local.doctor.findings import Finding, Verdict, skipped

CLOSE_IT: Final = "close it towards the outside: only 443, 80 and 6380 are for others"


class Answer(StrEnum):
    """What a server answers to a command."""

    DONE = "done"
    REFUSED = "refused"
    CUT = "cut"
    """It hung up, or said nothing."""


Tries = Mapping[str, Answer]
"""Commands in words, and what came of each."""


def strangers(where: str, tried: Tries) -> Finding:
    """Judge what somebody may do on the ingress server who shows nothing."""
    check = "strangers on the ingress"
    if all(answer is Answer.CUT for answer in tried.values()):
        told = f"{where} does not speak Redis"
        return Finding(check, Verdict.FAIL, told, "name the port of the boxes: --ingress rediss://host:port")
    if passed := _passed(tried):
        told = f"{where} did for somebody without a password: {', '.join(passed)}"
        advice = "shut its default user: `user default off` in the file of users, as deploy/redis does"
        return Finding(check, Verdict.FAIL, told, advice)
    told = f"{where} refuses all {len(tried)} commands that were tried without a password"
    return Finding(check, Verdict.OK, told)


def default_user(is_off: bool | None) -> Finding:
    """Judge Redis' user that needs no name, as the server's api sees it; None where it cannot."""
    check = "default user of the ingress"
    if is_off is None:
        return skipped(check, "the api of this installation may not ask for the ingress server's users")
    if not is_off:
        advice = "write `user default off` into the file of users: a password alone tells no boxes apart"
        return Finding(check, Verdict.FAIL, "it is on: one password, or none, opens everything", advice)
    return Finding(check, Verdict.OK, "it is off")


@dataclass(frozen=True, slots=True)
class BoxSeen:
    """What a camera's own credentials did: whether they were let in, what its work needs, and what else."""

    camera: str
    let_in: bool
    work: Tries = field(default_factory=dict)
    beyond: Tries = field(default_factory=dict)


def box(seen: BoxSeen) -> Finding:
    """Judge the user of a camera's box: it may do its work and nothing else."""
    check = f"box of {seen.camera}"
    if not seen.let_in:
        told = "the ingress server does not let it in"
        return Finding(
            check, Verdict.FAIL, told, "it was shut out, or renewed elsewhere: let the box join again"
        )
    if passed := _passed(seen.beyond):
        told = f"it may do more than its work: {', '.join(passed)}"
        advice = "let it join again; users made by hand need the rules of `adsum-api camera admit`"
        return Finding(check, Verdict.FAIL, told, advice)
    if hindered := [words for words, answer in seen.work.items() if answer is not Answer.DONE]:
        told = f"it cannot do its work: {', '.join(hindered)}"
        return Finding(check, Verdict.FAIL, told, "let it join again")
    told = f"it does its work, and all {len(seen.beyond)} other commands that were tried are refused"
    return Finding(check, Verdict.OK, told)


@dataclass(frozen=True, slots=True)
class Port:
    """A port that should be closed, and what speaks there: None where nobody can be reached."""

    number: int
    meant_for: str
    speaks: str | None = None


def inner_ports(host: str, ports: Sequence[Port]) -> Finding:
    """Judge whether what is for the inside alone can be reached from here."""
    check = "inner ports"
    numbers = {str(port.number): port.speaks for port in ports}
    if found := [port for port in ports if port.speaks == port.meant_for]:
        told = ", ".join(f"{port.meant_for} at {host}:{port.number}" for port in found)
        return Finding(check, Verdict.FAIL, f"reached from here: {told}", CLOSE_IT, numbers)
    if found := [port for port in ports if port.speaks is not None]:
        told = ", ".join(f"{host}:{port.number}" for port in found)
        return Finding(check, Verdict.WARN, f"something listens at {told}", CLOSE_IT, numbers)
    told = ", ".join(f"{port.number} ({port.meant_for})" for port in ports)
    return Finding(check, Verdict.OK, f"closed from here: {told}", numbers=numbers)


def _passed(tried: Tries) -> list[str]:
    return [words for words, answer in tried.items() if answer is Answer.DONE]
