"""What a person has to look at before a register is right: the uncertain and the missing alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal, Protocol, TypeVar

from adsum_api.attendance.precedence import PEOPLE, LoggedMark, standing
from adsum_api.attendance.rules import ATTENDED

Kind = Literal[
    "may_be_a_picture", "planned_absence", "seen_after_closing", "look_alike", "contradicted", "retracted",
    "missing",
]  # fmt: skip
Suggestion = Literal["present", "late", "left_early", "absent"]

SETTLED_BY: frozenset[str] = PEOPLE | {"import"}


class Numbered(LoggedMark, Protocol):
    """A mark with its place in the log."""

    @property
    def id(self) -> int: ...


MarkT = TypeVar("MarkT", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known beside a student's log: `resembles` somebody else on the roster; `surely_missed`: the
    camera watched long enough to say that they were not there, up to now."""

    resembles: bool = False
    surely_missed: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a person is asked, and what confirming says; None where a person has to choose."""

    kind: Kind
    suggested: Suggestion | None
    minutes_late: int | None = None


def doubt_of(log: Sequence[MarkT], looked: Looked) -> Doubt | None:
    """Return what a person has to look at in a student's log, or None where it speaks for itself.

    - `missing`: nobody saw them, said that they came, or was told that they would not.
    - `retracted`: the same, and the machine had first said that they came.
    - `look_alike`: the machine named somebody who is easily taken for another on the roster.
    - `contradicted`: a person said that they were not there, and then a camera saw them.
    - the others: the machine asks, because of a possible picture, a planned absence, or a closed register.
    """
    counts = standing(log)
    machine = next((mark for mark in reversed(log) if mark.source == "machine"), None)
    if counts is not None and counts.status != "unmarked" and counts.source in SETTLED_BY:
        return _contradiction(counts, machine)
    if counts is not None and counts.status == "pending_review":
        return _asked(counts)
    if counts is not None and counts.status in ATTENDED:
        return _resembling(counts, looked)
    if counts is not None and counts.status == "excused":
        return None
    came = any(mark.source == "machine" and mark.status in ATTENDED for mark in log)
    return Doubt("retracted" if came else "missing", "absent" if looked.surely_missed else None)


def version_of(doubts: Sequence[tuple[Any, Doubt, int]]) -> str:
    """Return what changes when the queue does: students, their doubts, and how long their logs are."""
    told = sorted(f"{student} {doubt} {marks}" for student, doubt, marks in doubts)
    return blake2b("\n".join(told).encode(), digest_size=12).hexdigest()


def before(log: Sequence[MarkT], mark: MarkT) -> MarkT | None:
    """Return a person's word that counted before `mark`, or None where there was none: what undoing says."""
    said = [each for each in log if each.source in PEOPLE and each.id < mark.id]
    return said[-1] if said and said[-1].status != "unmarked" else None


def _contradiction(counts: Numbered, machine: Numbered | None) -> Doubt | None:
    if machine is None or machine.id < counts.id or counts.status in ATTENDED:
        return None
    status, minutes_late = _proposed(machine)
    return Doubt("contradicted", status, minutes_late) if status in ATTENDED else None


def _asked(mark: LoggedMark) -> Doubt:
    status, minutes_late = _proposed(mark)
    kind: Kind = "seen_after_closing"
    if mark.evidence.get("review") in ("may_be_a_picture", "planned_absence"):
        kind = mark.evidence["review"]
    return Doubt(kind, status, minutes_late)


def _resembling(counts: LoggedMark, looked: Looked) -> Doubt | None:
    if counts.source != "machine" or not looked.resembles:
        return None
    status, minutes_late = _proposed(counts)
    return Doubt("look_alike", status, minutes_late)


def _proposed(mark: LoggedMark) -> tuple[Suggestion | None, int | None]:
    """Return what the machine says, or asks to be told; nothing where that is no word for a person."""
    evidence = mark.evidence if mark.status == "pending_review" else {}
    status = evidence.get("proposed_status", mark.status)
    minutes_late = evidence.get("proposed_minutes_late", mark.minutes_late)
    for word in ("present", "late", "left_early", "absent"):
        if status == word:
            return word, minutes_late
    return None, None
