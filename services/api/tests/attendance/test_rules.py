"""The attendance rules: from tracks to one word on each student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.attendance.presence import Span, clipped, merged, share, total
from adsum_api.attendance.rules import (
    AttendancePolicy,
    LessonTimes,
    Proposal,
    RecognisedTrack,
    RosterMember,
    presence_in,
    propose,
)

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
ADA, BEA = uuid4(), uuid4()
LESSON = Span(NINE, NINE + timedelta(minutes=45))
POLICY = AttendancePolicy()
ALL_OF_IT = (LESSON,)


def at(minute: float) -> datetime:
    """So many minutes after nine."""
    return NINE + timedelta(minutes=minute)


def track(start: float, end: float, student: UUID = ADA) -> RecognisedTrack:
    """Ada, seen from minute to minute."""
    return RecognisedTrack(uuid4(), student, Span(at(start), at(end)), at(end))


def judged(
    *tracks: RecognisedTrack,
    over: bool = False,
    watched: Sequence[Span] = ALL_OF_IT,
    recognisable: bool = True,
) -> Proposal:
    """What the machine says of Ada; late from minute five on."""
    lesson = LessonTimes(LESSON, timedelta(minutes=5), over)
    return propose(lesson, [RosterMember(ADA, recognisable)], tracks, watched, POLICY)[ADA]


def test_nobody_is_absent_before_the_lesson_is_over() -> None:
    assert judged() == Proposal("unmarked")


def test_seen_in_time_is_present_from_the_first_sighting() -> None:
    proposal = judged(track(4, 44))
    assert (proposal.status, proposal.minutes_late) == ("present", None)
    assert proposal.presence is not None
    assert (proposal.presence.first_seen_at, proposal.presence.last_seen_at) == (at(4), at(44))
    assert proposal.presence.minutes == 40


@pytest.mark.parametrize(
    ("minute", "status", "minutes_late"),
    [(5, "present", None), (5.01, "late", 5), (6.99, "late", 6), (44.9, "late", 44)],
)
def test_late_begins_after_the_agreed_delay(minute: float, status: str, minutes_late: int | None) -> None:
    proposal = judged(track(minute, 45))
    assert (proposal.status, proposal.minutes_late) == (status, minutes_late)


def test_less_than_a_minute_late_counts_as_one() -> None:
    lesson = LessonTimes(LESSON, timedelta(seconds=10), over=False)
    proposal = propose(lesson, [RosterMember(ADA, True)], [track(0.5, 1)], ALL_OF_IT, POLICY)[ADA]
    assert proposal.minutes_late == 1


def test_who_sat_there_before_the_start_was_on_time() -> None:
    proposal = judged(track(-20, 3))
    assert proposal.status == "present"
    assert proposal.presence is not None
    assert proposal.presence.first_seen_at == NINE
    assert proposal.presence.minutes == 3


@pytest.mark.parametrize("seen", [(-20, -1), (45, 50), (46, 47)])
def test_who_was_seen_only_outside_the_lesson_was_not_in_it(seen: tuple[float, float]) -> None:
    assert judged(track(*seen), over=True).status == "absent"


@pytest.mark.parametrize(
    ("watched_minutes", "status"),
    [(45, "absent"), (36, "absent"), (35.9, "not_observed"), (0, "not_observed")],
)
def test_absent_needs_a_camera_that_saw_the_agreed_share(watched_minutes: float, status: str) -> None:
    watched = [Span(at(-5), at(watched_minutes))] if watched_minutes else []
    assert judged(over=True, watched=watched).status == status


def test_two_cameras_do_not_count_the_same_minute_twice() -> None:
    assert judged(over=True, watched=[Span(at(0), at(25)), Span(at(0), at(25))]).status == "not_observed"


def test_who_has_no_template_is_never_absent() -> None:
    assert judged(over=True, recognisable=False).status == "not_observed"


def test_nobody_is_late_for_a_camera_that_came_late() -> None:
    assert judged(track(20, 45), watched=[Span(at(19), at(45))]).status == "present"


def test_time_that_the_camera_has_not_reported_yet_speaks_for_nobody() -> None:
    assert judged(track(6, 6.1), watched=[Span(at(0), at(5.5))]).status == "late"
    assert judged(track(6, 6.1), watched=[]).status == "late"


def test_gone_ten_minutes_before_the_end_is_left_early_only_once_it_is_over() -> None:
    assert judged(track(0, 30)).status == "present"
    assert judged(track(0, 30), over=True).status == "left_early"
    assert judged(track(0, 36), over=True).status == "present"


def test_left_early_needs_a_camera_that_went_on_watching() -> None:
    assert judged(track(0, 30), over=True, watched=[Span(at(0), at(40))]).status == "present"


def test_late_and_gone_early_keeps_the_minutes_late() -> None:
    proposal = judged(track(10, 20), over=True)
    assert (proposal.status, proposal.minutes_late) == ("left_early", 10)


def test_a_face_that_turns_away_for_less_than_a_minute_never_left() -> None:
    presence = presence_in(LESSON, [track(1, 5), track(5.9, 9), track(20, 21)], POLICY)
    assert presence is not None
    assert presence.spans == (Span(at(1), at(9)), Span(at(20), at(21)))
    assert presence.minutes == 9


def suspect(start: float, end: float) -> RecognisedTrack:
    """Ada's face, and perhaps only a picture of it."""
    return replace(track(start, end), review="may_be_a_picture")


def test_who_may_be_a_picture_is_left_to_a_person_and_never_absent() -> None:
    for over in (False, True):
        proposal = judged(suspect(1, 44), over=over)
        assert (proposal.status, proposal.review) == ("present", "may_be_a_picture")


def test_a_track_beyond_doubt_settles_it() -> None:
    proposal = judged(suspect(1, 10), track(2, 44), over=True)
    assert (proposal.status, proposal.review) == ("present", None)


def test_a_picture_that_would_excuse_lateness_is_left_to_a_person() -> None:
    proposal = judged(suspect(1, 20), track(20, 44))
    assert (proposal.word, proposal.review) == (("present", None), "may_be_a_picture")


def test_tracks_of_others_say_nothing_about_ada() -> None:
    assert judged(track(0, 45, BEA)).status == "unmarked"


minutes = st.floats(min_value=-60, max_value=120, allow_nan=False)
spans_of_minutes = st.tuples(minutes, minutes).map(lambda pair: (min(pair), max(pair)))
tracks_of_two = st.lists(
    st.builds(lambda span, student: track(*span, student), spans_of_minutes, st.sampled_from([ADA, BEA])),
    max_size=8,
)
coverages = st.lists(spans_of_minutes.map(lambda span: Span(at(span[0]), at(span[1]))), max_size=6)
zones = st.sampled_from(["Europe/Zurich", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "UTC"])


@given(tracks_of_two, coverages, st.booleans(), st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_repetition_change_nothing(
    tracks: list[RecognisedTrack], watched: list[Span], over: bool, random: object, copies: int
) -> None:
    lesson = LessonTimes(LESSON, timedelta(minutes=5), over)
    roster = [RosterMember(ADA, True), RosterMember(BEA, False)]
    shuffled, reports = tracks * copies, watched * copies
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(reports)  # type: ignore[attr-defined]
    assert propose(lesson, roster, shuffled, reports, POLICY) == propose(
        lesson, roster, tracks, watched, POLICY
    )


@given(tracks_of_two, coverages, st.booleans(), zones)
def test_the_zone_of_a_time_changes_nothing(
    tracks: list[RecognisedTrack], watched: list[Span], over: bool, zone: str
) -> None:
    def moved(span: Span) -> Span:
        return Span(span.start.astimezone(ZoneInfo(zone)), span.end.astimezone(ZoneInfo(zone)))

    elsewhere = [RecognisedTrack(t.id, t.student_id, moved(t.seen), t.captured_at) for t in tracks]
    roster = [RosterMember(ADA, True)]
    here = propose(LessonTimes(LESSON, timedelta(minutes=5), over), roster, tracks, watched, POLICY)
    there = propose(
        LessonTimes(moved(LESSON), timedelta(minutes=5), over),
        roster, elsewhere, [moved(span) for span in watched], POLICY,
    )  # fmt: skip
    assert here == there


@given(tracks_of_two, coverages, st.booleans())
def test_everybody_on_the_roster_gets_one_sensible_word(
    tracks: list[RecognisedTrack], watched: list[Span], over: bool
) -> None:
    lesson = LessonTimes(LESSON, timedelta(minutes=5), over)
    words = propose(lesson, [RosterMember(ADA, True), RosterMember(BEA, False)], tracks, watched, POLICY)
    assert set(words) == {ADA, BEA}
    for word in words.values():
        assert (word.presence is None) == (word.status in {"unmarked", "absent", "not_observed"})
        assert word.status in ({"present", "late", "left_early", "absent", "not_observed"} if over
                               else {"present", "late", "unmarked"})  # fmt: skip
        if word.presence is not None:
            assert LESSON.start <= word.presence.first_seen_at <= word.presence.last_seen_at <= LESSON.end
            assert 0 <= word.presence.minutes <= 45


@given(tracks_of_two, coverages)
def test_more_tracks_never_make_anybody_less_present(
    tracks: list[RecognisedTrack], watched: list[Span]
) -> None:
    roster = [RosterMember(ADA, True)]
    lesson = LessonTimes(LESSON, timedelta(minutes=5), over=True)
    some = propose(lesson, roster, tracks[1:], watched, POLICY)[ADA]
    more = propose(lesson, roster, tracks, watched, POLICY)[ADA]
    if some.presence is not None:
        assert more.presence is not None
        assert more.presence.first_seen_at <= some.presence.first_seen_at
        assert more.presence.minutes >= some.presence.minutes


@given(tracks_of_two, coverages, st.booleans(), st.data())
def test_doubt_asks_for_a_person_at_worst(
    tracks: list[RecognisedTrack], watched: list[Span], over: bool, data: st.DataObject
) -> None:
    """It turns nobody absent or late, and says nothing of anybody else."""
    lesson = LessonTimes(LESSON, timedelta(minutes=5), over)
    roster = [RosterMember(ADA, True), RosterMember(BEA, True)]
    plain = propose(lesson, roster, tracks, watched, POLICY)
    suspected = [
        replace(each, review="may_be_a_picture")
        if each.student_id == ADA and data.draw(st.booleans())
        else each
        for each in tracks
    ]
    found = propose(lesson, roster, suspected, watched, POLICY)
    assert found[BEA] == plain[BEA]
    assert found[ADA].word == plain[ADA].word
    if suspected == tracks:
        assert found == plain


@given(coverages, st.timedeltas(timedelta(0), timedelta(minutes=10)))
def test_merged_spans_are_apart_and_cover_the_same(spans: list[Span], bridge: timedelta) -> None:
    union = merged(spans, bridge)
    assert all(a.end + bridge < b.start for a, b in pairwise(union))
    assert all(any(u.start <= s.start and s.end <= u.end for u in union) for s in spans)
    assert total(union) >= total(merged(spans))


@given(coverages)
def test_a_share_is_a_share(spans: list[Span]) -> None:
    assert 0 <= share(spans, LESSON) <= 1
    assert share([*spans, LESSON], LESSON) == 1
    assert all(LESSON.start <= part.start <= part.end <= LESSON.end for part in clipped(spans, LESSON))


def test_a_lesson_over_midnight_and_the_change_of_clocks_lasts_as_long_as_it_lasts() -> None:
    zurich = ZoneInfo("Europe/Zurich")
    start = datetime(2026, 10, 24, 23, 30, tzinfo=zurich).astimezone(UTC)
    night = Span(start, datetime(2026, 10, 25, 3, 30, tzinfo=zurich).astimezone(UTC))
    assert night.length == timedelta(hours=5)
    seen = Span(start + timedelta(hours=3), night.end)
    sitting = RecognisedTrack(uuid4(), ADA, seen, seen.end)
    word = propose(
        LessonTimes(night, timedelta(0), True), [RosterMember(ADA, True)], [sitting], [night], POLICY
    )
    assert (word[ADA].status, word[ADA].minutes_late) == ("late", 180)


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Span(at(1), at(0))
