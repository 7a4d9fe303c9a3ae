"""Whether a student's face may be kept, from what everybody said and the school's rule. Pure.

Words are ordered by when they were said, and by their numbers where two were said at one instant; of each
giver the last one counts. So the order in which words are recorded, or read, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

Says = Literal["given", "withdrawn", "refused"]
Rule = Literal["one_parent", "one_unopposed", "every_parent"]
"""Whose consent it takes: that of one; of one, while no parent refuses (UK PoFA 2012 s. 26); of each."""

Reason = Literal["none", "parent_missing", "expired", "withdrawn", "refused_by_parent", "refused_by_student"]

STUDENT: Final = "student"
UNREGISTERED: Final = "unregistered"
"""Somebody whom the school has not registered as the student's parent: the office's word for who it was."""

Giver = UUID | Literal["student", "unregistered"]
"""A registered parent by id, the student, or somebody unregistered."""


@dataclass(frozen=True, slots=True)
class Word:
    """What one giver said, and, where they gave consent, until when (exclusive)."""

    giver: Giver
    says: Says
    at: datetime
    number: int
    ends_at: datetime | None = None

    @property
    def place(self) -> tuple[datetime, int]:
        """Where it stands among all words about the student."""
        return self.at, self.number

    def holds(self, at: datetime) -> bool:
        """Whether it is a consent whose time is not over."""
        return self.says == "given" and (self.ends_at is None or self.ends_at > at)


@dataclass(frozen=True, slots=True)
class Holds:
    """The consent is effective: until then, for ever where it is None, if nobody says anything."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Lacks:
    """There is no effective consent; `givers`: whose word is missing, or stands against it."""

    reason: Reason
    givers: frozenset[Giver] = frozenset()


def standing(words: Iterable[Word], registered: Set[UUID], rule: Rule, at: datetime) -> Holds | Lacks:
    """Return whether there is consent at `at`; `registered`: the student's parents, as the school has them.

    The student's own refusal outweighs everybody, and what was given before it has to be given anew.
    """
    said = sorted((word for word in words if word.at <= at), key=lambda word: word.place)
    veto = max(
        (word.place for word in said if word.giver == STUDENT and word.says == "refused"), default=None
    )
    last = {word.giver: word for word in said if _counts(word.giver, registered)}
    if STUDENT in last and last[STUDENT].says == "refused":
        return Lacks("refused_by_student", frozenset({STUDENT}))
    against = frozenset(giver for giver, word in last.items() if word.says == "refused")
    if against and rule != "one_parent":
        return Lacks("refused_by_parent", against)
    holding = {
        giver: word for giver, word in last.items() if word.holds(at) and (veto is None or word.place > veto)
    }
    if rule == "every_parent":
        return _of_each(registered or {STUDENT}, holding, last)
    return _of_one(holding, last)


def _counts(giver: Giver, registered: Set[UUID]) -> bool:
    return not isinstance(giver, UUID) or giver in registered


def _of_one(holding: dict[Giver, Word], last: dict[Giver, Word]) -> Holds | Lacks:
    if not holding:
        return Lacks(_why(last.values()))
    ends = [word.ends_at for word in holding.values()]
    return Holds(None if None in ends else max(end for end in ends if end is not None))


def _of_each(needed: Set[Giver], holding: dict[Giver, Word], last: dict[Giver, Word]) -> Holds | Lacks:
    missing = frozenset(needed - holding.keys())
    if missing:
        why = _why(last[giver] for giver in missing if giver in last)
        return Lacks("parent_missing" if why == "none" and last else why, missing)
    ends = [holding[each].ends_at for each in needed]
    return Holds(min((end for end in ends if end is not None), default=None))


def _why(words: Iterable[Word]) -> Reason:
    """Say why none of these givers' last words is a consent that holds."""
    said = {word.says for word in words}
    if "given" in said:
        return "expired"
    return "withdrawn" if said else "none"
