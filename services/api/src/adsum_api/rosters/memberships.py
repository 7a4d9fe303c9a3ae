"""Dated memberships of sections: added, moved, ended, never deleted once they have begun. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from adsum_api.rosters import layout
from adsum_api.rosters.faults import Fault
from adsum_api.rosters.records import STUDENT
from adsum_api.rosters.roster import Membership, Pair, Span, WantedRoster

ONE_DAY = timedelta(days=1)

_Line = tuple[int, Membership]
"""A line of the file, and what it asks for."""


@dataclass(frozen=True, slots=True)
class MembershipPlan:
    """What changes; `withdrawn` had not begun, so nothing can hang on it and it goes altogether."""

    added: tuple[Span, ...] = ()
    changed: tuple[Span, ...] = ()
    ended: tuple[Span, ...] = ()
    withdrawn: tuple[Span, ...] = ()
    unchanged_students: int = 0
    unchanged_staff: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """The sections, students and staff that are removed, and all their memberships with them."""

    sections: frozenset[str] = frozenset()
    students: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()

    def takes(self, pair: Pair) -> bool:
        """Whether the pair is over with them."""
        section, person, role = pair
        return section in self.sections or person in (self.students if role == STUDENT else self.staff)


def plan_memberships(wanted: WantedRoster, spans: Sequence[Span], gone: Gone, today: date) -> MembershipPlan:
    """Return what is to change among memberships from `today` on.

    What is no longer wanted ends today, this day included, so that a register of this morning stays whole.
    What is wanted again after it ended begins anew today, unless the file itself names its old first day.
    """
    asked = {key: each for key, each in wanted.memberships.entries.items() if not gone.takes(each[1].pair)}
    kept = {(each.source_id, each.pair) for _, each in asked.values()}
    planning = _Planning.over(spans, kept, today)
    refused = planning.want_all(asked.values(), wanted.first_days)
    for span in spans:
        if _is_unwanted(span, wanted, kept, gone):
            planning.end(span)
    planning.refuse(planning.want_all(refused, wanted.first_days))
    return planning.plan()


def _is_unwanted(span: Span, wanted: WantedRoster, kept: set[tuple[str, Pair]], gone: Gone) -> bool:
    if gone.takes(span.pair):
        return True
    if span.source_id is None or (span.source_id, span.pair) in kept:
        return False
    file = wanted.memberships
    named = span.source_id in file.entries or span.source_id in file.removed
    return named or (file.complete and span.source_id not in file.refused)


@dataclass(slots=True)
class _Planning:
    """The memberships as they will be, by pair, and what was done to them so far."""

    today: date
    kept: set[tuple[str, Pair]]
    there: dict[Pair, list[Span]]
    taken_over: set[UUID | None] = field(default_factory=set)
    added: list[Span] = field(default_factory=list)
    changed: list[Span] = field(default_factory=list)
    ended: list[Span] = field(default_factory=list)
    withdrawn: list[Span] = field(default_factory=list)
    unchanged: Counter[bool] = field(default_factory=Counter)
    """How many stay as they are: of students (True) and of staff."""
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def over(cls, spans: Iterable[Span], kept: set[tuple[str, Pair]], today: date) -> _Planning:
        there: defaultdict[Pair, list[Span]] = defaultdict(list)
        for span in sorted(spans, key=lambda span: span.starts_on):
            there[span.pair].append(span)
        return cls(today, kept, there)

    def want_all(self, asked: Iterable[_Line], first_days: Mapping[str, date]) -> list[_Line]:
        """Let there be the memberships, and return those that share days with others even when all that can
        move has moved: what a file says does not depend on the order of its lines."""
        waiting = list(asked)
        while True:
            refused = [
                (line, each)
                for line, each in waiting
                if not self.want(each, max(first_days.get(each.section, self.today), self.today))
            ]
            if len(refused) in (0, len(waiting)):
                return refused
            waiting = refused

    def refuse(self, refused: Iterable[_Line]) -> None:
        """Say of each line why it cannot be."""
        reason = "shares days with another enrollment of the same user in this class"
        self.faults += [Fault(layout.ENROLLMENTS, line, "beginDate", reason) for line, _ in refused]

    def want(self, membership: Membership, earliest: date) -> bool:
        """Let there be the membership, and return whether it shares no day with another; without a first day
        of its own it begins at `earliest`."""
        spans = self.there.setdefault(membership.pair, [])
        mine = self._mine(membership, spans)
        others = [span for span in spans if span is not mine]
        wanted = _wanted(membership, mine, others, earliest, self.today)
        if wanted is None or wanted == mine:
            self.unchanged[membership.role == STUDENT] += 1
            return True
        if any(wanted.shares_days_with(other) for other in others):
            return False
        if wanted.id is None:
            self.added.append(wanted)
        else:
            self.changed.append(wanted)
            spans.remove(mine)  # type: ignore[arg-type]  # an id is that of `mine`
            self.taken_over.add(wanted.id)
            self.ended = [each for each in self.ended if each.id != wanted.id]
        spans.append(wanted)
        return True

    def end(self, span: Span) -> None:
        """Let the membership end today, or never begin."""
        if span.id in self.taken_over or not span.lasts_to(self.today):
            return
        spans = self.there[span.pair]
        if span.starts_on > self.today:
            self.withdrawn.append(span)
            spans.remove(span)
        elif span.ends_on != self.today:
            ended = replace(span, ends_on=self.today)
            self.ended.append(ended)
            spans[spans.index(span)] = ended

    def plan(self) -> MembershipPlan:
        done = self.added, self.changed, self.ended, self.withdrawn
        added, changed, ended, withdrawn = map(tuple, done)
        return MembershipPlan(
            added, changed, ended, withdrawn, self.unchanged[True], self.unchanged[False], tuple(self.faults)
        )

    def _mine(self, membership: Membership, spans: Sequence[Span]) -> Span | None:
        """Return the newest with the same id, else a running one of the same pair that nothing else keeps:
        what was typed in, or what the school system gave another id since."""
        own = [span for span in spans if span.source_id == membership.source_id]
        if own:
            return own[-1]
        free = (
            span for span in spans if span.source_id is None or (span.source_id, span.pair) not in self.kept
        )
        return next(
            (span for span in free if span.id not in self.taken_over and span.lasts_to(self.today)), None
        )


def _wanted(
    membership: Membership, mine: Span | None, others: Sequence[Span], earliest: date, today: date
) -> Span | None:
    """Return the membership as it should be, with the id of `mine` where that goes on; None where it is over
    without ever having been known."""
    goes_on = mine is not None and (
        mine.lasts_to(today)
        or membership.begins_on == mine.starts_on
        or (membership.ends_on is not None and membership.ends_on < today)
    )
    kept = mine if goes_on else None
    before = others if goes_on else [*others, *([mine] if mine else [])]
    starts_on = membership.begins_on or (kept.starts_on if kept else max(earliest, today))
    for span in before:
        if span.source_id == membership.source_id and span.ends_on and span.ends_on >= starts_on:
            starts_on = span.ends_on + ONE_DAY
    ends_on = membership.ends_on
    if ends_on is not None and ends_on < starts_on:
        if kept is None:
            return None
        ends_on = starts_on
    return Span(
        kept.id if kept else None, membership.source_id, membership.pair, membership.is_primary, starts_on,
        ends_on,
    )  # fmt: skip
