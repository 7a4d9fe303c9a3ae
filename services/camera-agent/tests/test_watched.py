"""How much of a lesson was watched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_camera.watched import LONGEST_GAP_S, MOST_SPANS, Watched
from adsum_contracts.commands import LessonHours

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


LESSONS = (
    LessonHours(starts_at=at(0), ends_at=at(2700)),
    LessonHours(starts_at=at(3000), ends_at=at(5700)),
)


def after(*seconds: float) -> Watched:
    watched = Watched()
    for second in seconds:
        watched.frame(at(second))
    return watched


def test_a_gap_was_not_watched() -> None:
    watched = after(*range(51), *range(70, 101))
    assert watched.share(LESSONS, at(100)) == pytest.approx(0.8)


def test_what_came_before_the_lesson_counts_for_nothing() -> None:
    assert after(*range(-100, 0)).share(LESSONS, at(100)) == 0


def test_between_lessons_there_is_nothing_to_share() -> None:
    watched = after(*range(100))
    assert watched.share(LESSONS, at(0)) is None
    assert watched.share(LESSONS, at(2800)) is None
    assert watched.share(LESSONS, at(3100)) == 0
    assert watched.share((), at(50)) is None


def test_a_restart_goes_on_where_the_last_heartbeat_was() -> None:
    again = Watched.from_text(after(*range(41)).to_text())
    for second in range(60, 81):
        again.frame(at(second))
    assert again.share(LESSONS, at(80)) == pytest.approx(0.75)
    assert Watched.from_text(None).share(LESSONS, at(80)) == 0


def test_a_clock_set_back_takes_back_what_it_had_told_of_later() -> None:
    watched = after(*range(3600, 3700), *range(11))
    assert watched.share(LESSONS, at(20)) == pytest.approx(0.5)
    assert watched.share(LESSONS, at(3100)) == 0


def test_a_stutter_of_a_day_is_remembered_in_bounds() -> None:
    watched = after(*range(0, 86_400, 10))
    assert len(watched.to_text().split()) <= MOST_SPANS + 1


@given(st.lists(st.floats(0, 30), max_size=100), st.floats(1, 2700))
def test_the_share_is_that_of_the_gaps_that_are_short(gaps: list[float], until: float) -> None:
    watched, now, expected = after(0), 0.0, 0.0
    for gap in gaps:
        if gap <= LONGEST_GAP_S - 1e-5:
            expected += max(min(now + gap, until) - min(now, until), 0)
        elif gap < LONGEST_GAP_S + 1e-5:
            continue
        now += gap
        watched.frame(at(now))
    share = watched.share(LESSONS, at(until))
    assert share is not None
    assert 0 <= share <= 1
    assert share == pytest.approx(expected / until, abs=1e-4)
