"""Whatever files come in whatever order: days never overlap, history is never deleted, again is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from adsum_api.rosters.memberships import Gone, MembershipPlan, plan_memberships
from adsum_api.rosters.roster import Membership, Span, Wanted, WantedFamilies, WantedRoster

FIRST = date(2026, 2, 1)
NOBODY: Wanted[Membership] = Wanted()
DAYS = st.integers(0, 40).map(lambda days: FIRST + timedelta(days=days))


@st.composite
def memberships(draw: st.DrawFn) -> list[Membership]:
    """At most four rows about two students in one section."""
    found = []
    for source_id in draw(st.lists(st.sampled_from("abcd"), unique=True)):
        begins, ends = draw(st.none() | DAYS), draw(st.none() | DAYS)
        if begins and ends and ends < begins:
            begins, ends = ends, begins
        person = draw(st.sampled_from(["s1", "s2"]))
        found.append(Membership(source_id, "4b", person, "student", False, begins, ends))
    return found


def plan(wanted: list[Membership], spans: list[Span], today: date) -> MembershipPlan:
    entries = {each.source_id: (line, each) for line, each in enumerate(wanted, start=2)}
    nothing = (Wanted(), Wanted(), Wanted(), Wanted(), Wanted())
    roster = WantedRoster(*nothing, Wanted(True, entries), WantedFamilies(), {"4b": FIRST}, {})
    return plan_memberships(roster, spans, Gone(), today)


def applied(done: MembershipPlan, spans: list[Span]) -> list[Span]:
    by_id: dict[UUID | None, Span] = {span.id: span for span in spans}
    by_id |= {span.id: span for span in (*done.changed, *done.ended)}
    for span in done.withdrawn:
        del by_id[span.id]
    by_id |= {(fresh := uuid4()): replace(span, id=fresh) for span in done.added}
    return list(by_id.values())


@given(st.lists(st.tuples(DAYS, memberships()), min_size=1, max_size=4))
def test_days_never_overlap_and_the_same_file_again_changes_nothing(
    imports: list[tuple[date, list[Membership]]],
) -> None:
    spans: list[Span] = []
    for today, wanted in sorted(imports, key=lambda each: each[0]):
        spans = applied(plan(wanted, spans, today), spans)
        for span in spans:
            assert span.ends_on is None or span.ends_on >= span.starts_on
            others = [each for each in spans if each.pair == span.pair and each is not span]
            assert not any(span.shares_days_with(other) for other in others)
        again = plan(wanted, spans, today)
        assert (again.added, again.changed, again.ended, again.withdrawn) == ((), (), (), ())


@given(st.lists(st.tuples(DAYS, memberships()), min_size=2, max_size=4))
def test_what_was_on_a_past_roster_stays_on_it_unless_the_file_names_other_days(
    imports: list[tuple[date, list[Membership]]],
) -> None:
    without_days = [
        (today, [replace(each, begins_on=None, ends_on=None) for each in wanted]) for today, wanted in imports
    ]
    spans: list[Span] = []
    for today, wanted in sorted(without_days, key=lambda each: each[0]):
        before = {(each.pair, day) for each in spans for day in _days(each, today)}
        spans = applied(plan(wanted, spans, today), spans)
        assert before <= {(each.pair, day) for each in spans for day in _days(each, today)}


def _days(span: Span, until: date) -> set[date]:
    days = (FIRST + timedelta(days=n) for n in range((until - FIRST).days + 1))
    return {day for day in days if span.starts_on <= day and span.lasts_to(day)}
