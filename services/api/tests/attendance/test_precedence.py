"""Whose word counts, and what the machine has to add to a log."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.attendance.precedence import Phase, machine_word, planned_word, standing
from adsum_api.attendance.presence import Span
from adsum_api.attendance.rules import Presence, Proposal, Status

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """A row of the log."""

    status: str
    source: str = "machine"
    minutes_late: int | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    minutes_present: float | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


def seen(status: Status = "present", minutes: float = 30, minutes_late: int | None = None) -> Proposal:
    """The machine saw somebody from nine on."""
    span = Span(NINE, NINE + timedelta(minutes=minutes))
    return Proposal(status, minutes_late, Presence((span,), (uuid4(),), span.end))


def logged(proposal: Proposal) -> Said:
    """The row that a proposal becomes."""
    presence = proposal.presence
    asked = {
        "proposed_status": proposal.status, "proposed_minutes_late": proposal.minutes_late,
        "review": proposal.review,
    }  # fmt: skip
    return Said(
        "pending_review" if proposal.review else proposal.status, "machine",
        None if proposal.review else proposal.minutes_late,
        presence.first_seen_at if presence else None, presence.last_seen_at if presence else None,
        presence.minutes if presence else None,
        asked if proposal.review else {},
    )  # fmt: skip


def in_doubt(proposal: Proposal) -> Proposal:
    """The same, from what may be a picture."""
    return replace(proposal, review="may_be_a_picture")


def asked(proposal: Proposal) -> Said:
    """The row that a proposal becomes when it only goes to review because it comes late."""
    evidence = {"proposed_status": proposal.status, "proposed_minutes_late": proposal.minutes_late}
    return replace(logged(replace(proposal, review=None)), status="pending_review", evidence=evidence)


def test_an_empty_log_has_no_word() -> None:
    assert standing([]) is None


@pytest.mark.parametrize(
    ("log", "counts"),
    [
        ([Said("present")], "present"),
        ([Said("present"), Said("left_early")], "left_early"),
        ([Said("absent", "teacher"), Said("present")], "absent"),
        ([Said("absent", "teacher"), Said("excused", "office")], "excused"),
        ([Said("absent", "office"), Said("late", "teacher")], "late"),
        ([Said("present", "import"), Said("absent")], "present"),
        ([Said("present"), Said("absent", "teacher"), Said("unmarked", "teacher")], "present"),
        ([Said("unmarked", "teacher")], "unmarked"),
        ([Said("present"), Said("unmarked")], "unmarked"),
        ([Said("excused", "planned"), Said("absent")], "excused"),
        ([Said("excused", "planned"), Said("not_observed"), Said("unmarked", "planned")], "not_observed"),
        ([Said("present"), Said("excused", "planned")], "present"),
        ([Said("excused", "planned"), Said("pending_review")], "pending_review"),
        ([Said("excused", "planned"), Said("absent", "teacher")], "absent"),
        ([Said("absent"), Said("present", "qr"), Said("excused", "planned")], "present"),
        ([Said("present", "qr"), Said("late")], "late"),
        ([Said("present", "qr"), Said("absent", "teacher")], "absent"),
    ],
)
def test_a_person_beats_the_machine_and_the_newest_counts(log: list[Said], counts: str) -> None:
    mark = standing(log)
    assert mark is not None
    assert mark.status == counts


def test_the_first_word_is_worth_a_mark_but_not_silence() -> None:
    word = machine_word(seen(), [], "open")
    assert word is not None
    assert word.status == "present"
    assert machine_word(Proposal("unmarked"), [], "open") is None


def test_while_a_lesson_runs_only_another_status_is_worth_a_mark() -> None:
    log = [logged(seen(minutes=5))]
    assert machine_word(seen(minutes=20), log, "open") is None
    late = machine_word(seen("late", minutes_late=7), log, "open")
    assert late is not None
    assert (late.status, late.minutes_late) == ("late", 7)


def test_the_closing_mark_holds_the_final_evidence() -> None:
    log = [logged(seen(minutes=5))]
    assert machine_word(seen(minutes=40), log, "closing") is not None
    assert machine_word(seen(minutes=5), log, "closing") is None


def test_a_name_that_turned_out_wrong_is_taken_back() -> None:
    word = machine_word(Proposal("unmarked"), [logged(seen())], "open")
    assert word is not None
    assert word.status == "unmarked"


def test_after_finalising_other_evidence_goes_to_review() -> None:
    word = machine_word(seen(), [Said("absent")], "closed")
    assert word is not None
    assert (word.status, word.proposal.status) == ("pending_review", "present")


def test_a_review_is_asked_for_once_and_dropped_when_the_doubt_is_gone() -> None:
    pending = Said("pending_review", evidence={"proposed_status": "present", "proposed_minutes_late": None})
    log = [Said("absent"), pending]
    assert machine_word(seen(), log, "closed") is None
    settled = machine_word(Proposal("absent"), log, "closed")
    assert settled is not None
    assert settled.status == "absent"


@pytest.mark.parametrize("phase", ["open", "closing"])
def test_doubtful_evidence_is_a_persons_to_judge_at_once(phase: Phase) -> None:
    for log in ([], [logged(seen())]):
        word = machine_word(in_doubt(seen()), log, phase)
        assert word is not None
        assert (word.status, word.proposal.review) == ("pending_review", "may_be_a_picture")


@pytest.mark.parametrize("phase", ["open", "closing", "closed"])
def test_when_the_doubt_about_a_picture_is_gone_so_is_the_review(phase: Phase) -> None:
    log = [logged(in_doubt(seen()))]
    assert machine_word(in_doubt(seen()), log, phase) is None
    word = machine_word(seen(), log, phase)
    assert word is not None
    assert word.status == "present"


def test_the_closing_mark_holds_the_minutes_between_the_same_first_and_last_sighting() -> None:
    often = seen(minutes=30)
    spans = (Span(NINE, NINE), Span(NINE + timedelta(minutes=30), NINE + timedelta(minutes=30)))
    twice = replace(often, presence=Presence(spans, (uuid4(),), spans[-1].end))
    assert machine_word(often, [logged(twice)], "open") is None
    word = machine_word(often, [logged(twice)], "closing")
    assert word is not None
    assert word.proposal.presence is not None
    assert word.proposal.presence.minutes == 30


def test_who_joined_the_roster_after_the_lesson_is_left_alone() -> None:
    assert machine_word(Proposal("not_observed"), [], "closed") is None


def test_later_sightings_with_the_same_word_need_no_review() -> None:
    assert machine_word(seen(minutes=44), [logged(seen(minutes=40))], "closed") is None


proposals = st.one_of(
    st.just(Proposal("unmarked")),
    st.just(Proposal("absent")),
    st.builds(seen, st.sampled_from(["present", "left_early"]), st.integers(0, 45)),
    st.builds(seen, st.just("late"), st.integers(0, 45), st.integers(1, 44)),
)
proposals = st.one_of(proposals, proposals.map(lambda each: in_doubt(each) if each.presence else each))
people = st.builds(Said, st.sampled_from(["present", "absent", "unmarked"]), st.just("teacher"))


@given(
    st.lists(st.one_of(people, proposals.map(logged)), max_size=6),
    proposals,
    st.sampled_from(["open", "closing", "closed"]),
    st.booleans(),
)
def test_having_said_it_the_machine_is_silent(
    log: list[Said], proposal: Proposal, phase: Phase, finalised: bool
) -> None:
    word = machine_word(proposal, log, phase, finalised=finalised)
    if word is not None:
        said = logged(proposal)
        log = [*log, said if word.status != "pending_review" or proposal.review else asked(proposal)]
    assert machine_word(proposal, log, phase, finalised=finalised) is None


marks = st.builds(
    Said,
    st.sampled_from(["present", "late", "absent", "excused", "not_observed", "pending_review", "unmarked"]),
    st.sampled_from(["machine", "planned", "qr", "import", "guardian", "teacher", "office"]),
)


@given(st.lists(marks, max_size=8))
def test_a_planned_absence_excuses_who_was_not_seen_and_nobody_else(log: list[Said]) -> None:
    others = [mark for mark in log if mark.source != "planned"]
    before = standing(others)
    after = standing([*log, Said("excused", "planned")])
    assert after is not None
    seen_or_told = before is not None and before.status != "unmarked" and (
        before.source != "machine" or before.status in {"present", "late", "pending_review"}
    )  # fmt: skip
    assert after == before if seen_or_told else after.source == "planned"


@given(st.lists(marks, max_size=8), st.booleans())
def test_planned_absences_speak_once(log: list[Said], is_planned: bool) -> None:
    word = planned_word(is_planned, log)
    log = log if word is None else [*log, Said(word, "planned")]
    assert planned_word(is_planned, log) is None


@given(st.lists(marks, max_size=8))
def test_nothing_beats_the_newest_word_of_a_person(log: list[Said]) -> None:
    people = [mark for mark in log if mark.source in {"guardian", "teacher", "office"}]
    if people and people[-1].status != "unmarked":
        assert standing(log) == people[-1]
