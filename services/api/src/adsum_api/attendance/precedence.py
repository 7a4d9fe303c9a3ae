"""Whose word counts: from the log of marks to the one that stands, and to the machine's next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypeVar

from adsum_api.attendance.rules import ATTENDED, Proposal, Status

Source = Literal["machine", "planned", "qr", "import", "guardian", "teacher", "office"]
Phase = Literal["open", "closing", "closed"]
"""`closing` is the one application that finalises a lesson."""

PEOPLE: Final[frozenset[str]] = frozenset({"guardian", "teacher", "office"})
SEEN: Final[frozenset[str]] = ATTENDED | {"pending_review"}
"""What the machine says of who it saw."""

_VOICE: Final = {"machine": 0, "planned": 1, "qr": 2, "import": 4, "guardian": 5, "teacher": 5, "office": 5}
_MACHINE_SAW: Final = 3


class LoggedMark(Protocol):
    """What the log says; a row of `marks` fits."""

    @property
    def status(self) -> str: ...
    @property
    def minutes_late(self) -> int | None: ...
    @property
    def source(self) -> str: ...
    @property
    def first_seen_at(self) -> datetime | None: ...
    @property
    def last_seen_at(self) -> datetime | None: ...
    @property
    def minutes_present(self) -> float | None: ...
    @property
    def evidence(self) -> dict[str, Any]: ...


MarkT = TypeVar("MarkT", bound=LoggedMark)


@dataclass(frozen=True, slots=True)
class MachineMark:
    """What the machine has to add to the log: a `status`, and the proposal it comes from."""

    status: Status
    minutes_late: int | None
    proposal: Proposal

    @classmethod
    def saying(cls, proposal: Proposal) -> MachineMark:
        """Return the mark that says so, or that asks a person whether it is so."""
        return cls.asking(proposal) if proposal.review else cls(*proposal.word, proposal)

    @classmethod
    def asking(cls, proposal: Proposal) -> MachineMark:
        """Return the mark that leaves it to a person."""
        return cls("pending_review", None, proposal)


def standing(log: Sequence[MarkT]) -> MarkT | None:
    """Return the mark that counts in a log in order of writing, or None while nobody said anything.

    A person beats an import, and both beat the machine, which beats a check-in and a planned absence where
    it saw somebody, and nobody where it did not; of equals the newest counts. `unmarked` takes back what
    its own voice said, so that the next one's word counts again.
    """
    newest = {_VOICE[mark.source]: mark for mark in log}
    ranked = sorted(newest.values(), key=_rank, reverse=True)
    return next((mark for mark in ranked if mark.status != "unmarked"), log[-1] if log else None)


def _rank(mark: LoggedMark) -> int:
    return _MACHINE_SAW if mark.source == "machine" and mark.status in SEEN else _VOICE[mark.source]


def machine_word(
    proposal: Proposal, log: Sequence[LoggedMark], phase: Phase, *, finalised: bool = False
) -> MachineMark | None:
    """Return the mark that the machine must add to this student's log, or None when it has said it all.

    While a lesson runs, only another status (or lateness) is worth a mark; the closing mark holds the
    final evidence; afterwards, and once a person has `finalised` the register, nothing changes any more
    without a person: see `pending_review`.
    """
    said = [mark for mark in log if mark.source == "machine"]
    word = MachineMark.saying(proposal)
    says_otherwise = not said or _proposed(said[-1]) != _proposal(proposal)
    if phase == "closed" or (finalised and says_otherwise):
        return _after_finalising(word, said)
    if not said:
        return None if word.status == "unmarked" else word
    same_evidence = phase == "open" or _evidence(said[-1]) == _seen(proposal)
    if same_evidence and not says_otherwise:
        return None
    asks_already = finalised and said[-1].status == "pending_review"
    return MachineMark.asking(proposal) if asks_already else word


def _after_finalising(word: MachineMark, said: Sequence[LoggedMark]) -> MachineMark | None:
    proposed = _proposal(word.proposal)
    settled = next((mark for mark in reversed(said) if mark.status != "pending_review"), None)
    if settled is None and word.proposal.presence is None:
        return None  # joined the roster after the lesson: nothing was, or is, known of them
    if said and proposed == _proposed(said[-1]):
        return None
    expected = _proposed(settled or said[-1])[:2] if said else None
    if word.proposal.review is None and word.proposal.word == expected:
        return word  # the doubt is gone
    return MachineMark.asking(word.proposal)


def planned_word(is_planned: bool, log: Sequence[LoggedMark]) -> Literal["excused", "unmarked"] | None:
    """Return what planned absences have to add to this student's log, or None when they have said it all.

    They speak in every phase: it is people who tell the school, often the day after.
    """
    said = [mark.status for mark in log if mark.source == "planned"]
    wanted: Literal["excused", "unmarked"] = "excused" if is_planned else "unmarked"
    return None if (said[-1] if said else "unmarked") == wanted else wanted


def _proposal(proposal: Proposal) -> tuple[str, int | None, str | None]:
    return *proposal.word, proposal.review


def _proposed(mark: LoggedMark) -> tuple[str, int | None, str | None]:
    """Return what a mark said, or asked a person to confirm, and the doubt that it asked for."""
    if mark.status != "pending_review":
        return mark.status, mark.minutes_late, None
    evidence = mark.evidence
    return evidence["proposed_status"], evidence["proposed_minutes_late"], evidence.get("review")


Evidence = tuple[datetime | None, datetime | None, float | None]
"""First seen, last seen, and the minutes present in between."""


def _evidence(mark: LoggedMark) -> Evidence:
    return mark.first_seen_at, mark.last_seen_at, mark.minutes_present


def _seen(proposal: Proposal) -> Evidence:
    seen = proposal.presence
    return (seen.first_seen_at, seen.last_seen_at, seen.minutes) if seen else (None, None, None)
