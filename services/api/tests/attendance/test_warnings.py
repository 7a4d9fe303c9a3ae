"""Who misses lesson after lesson is held as a warning, and told to nobody before a person releases it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from adsum_api.absences.tasks import warn_all
from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.rules import STATUSES
from adsum_api.attendance.streaks import Limits, Streak, streak_of, warnings_of
from adsum_store.models import OutboxMessage

MONDAY = date(2026, 2, 9)
NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
judged = st.lists(
    st.tuples(st.integers(0, 9).map(lambda days: MONDAY + timedelta(days=days)), st.sampled_from(STATUSES)),
    max_size=30,
).map(lambda lessons: sorted(lessons, key=lambda lesson: lesson[0]))


def test_a_day_counts_only_where_all_of_it_was_missed() -> None:
    lessons = [(MONDAY, "present"), (MONDAY, "absent"), (MONDAY + timedelta(days=1), "absent")]
    assert streak_of(lessons) == Streak(2, 1, MONDAY, MONDAY + timedelta(days=1))
    assert warnings_of(streak_of(lessons), Limits(2, 2)) == (("lessons", 2),)
    assert warnings_of(streak_of(lessons), Limits(0, 1)) == (("days", 1),)


@given(judged)
def test_coming_ends_a_streak_and_what_says_nothing_changes_none(lessons: list[tuple[date, str]]) -> None:
    silent = {"excused", "not_observed", "pending_review", "unmarked"}
    assert streak_of(lessons) == streak_of(each for each in lessons if each[1] not in silent)
    assert streak_of([*lessons, (MONDAY + timedelta(days=20), "late")]) is None


@given(judged)
def test_a_streak_counts_no_more_days_than_lessons(lessons: list[tuple[date, str]]) -> None:
    streak = streak_of(lessons)
    if streak is not None:
        assert 0 <= streak.days <= streak.lessons <= len(lessons)
        assert streak.first_on <= streak.last_on


def missed(classroom: Any, days: int) -> None:
    for day in range(days):
        lesson = classroom.lesson(NINE - timedelta(days=day, hours=3))
        classroom.watched(-180 - 24 * 60 * day, -120 - 24 * 60 * day)
        with classroom.store.begin() as work:
            service.close(work, classroom.school_id, lesson, Agreement(), NINE)


def test_a_warning_is_held_released_once_and_not_made_again(
    classroom: Any, client: TestClient, runtime: Any, store: Any
) -> None:
    classroom.student("101", "Ada Lovelace")
    missed(classroom, 2)
    warn_all(runtime)
    warn_all(runtime)
    (held,) = client.get("/v1/absence-warnings", params={"state": "held"}).json()
    assert (held["kind"], held["count"], held["first_on"]) == ("days", 2, "2026-02-10")
    with store.begin() as work:
        assert not list(
            work.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "absence_warning"))
        )
    assert "Ada Lovelace" in client.get("/warnings").text
    path = f"/v1/absence-warnings/{held['id']}"
    assert (
        client.post(f"{path}/release", json={"note": "spoke with the father"}).json()["state"] == "released"
    )
    assert client.post(f"{path}/dismiss", json={}).json()["code"] == "warning-decided"
    warn_all(runtime)
    assert client.get("/v1/absence-warnings", params={"state": "held"}).json() == []
    with store.begin() as work:
        (told,) = work.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "absence_warning"))
    assert (told.payload["count"], "Ada" in str(told.payload)) == (2, False)
    assert client.post(f"/v1/absence-warnings/{uuid4()}/release", json={}).status_code == 404


def test_a_warning_goes_when_what_it_told_of_is_corrected(
    classroom: Any, client: TestClient, runtime: Any
) -> None:
    ada = classroom.student("101")
    missed(classroom, 2)
    warn_all(runtime)
    lesson = classroom.log(ada)[-1].lesson_id
    client.post(f"/v1/lessons/{lesson}/marks", json={"student_id": str(ada), "status": "present"})
    warn_all(runtime)
    assert client.get("/v1/absence-warnings").json() == []
    client.patch("/v1/school", json={"warn_after_lessons": 1})
    warn_all(runtime)
    assert [each["kind"] for each in client.get("/v1/absence-warnings").json()] in ([], ["lessons"])
