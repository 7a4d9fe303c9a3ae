"""Lessons over HTTP, and the original demo's call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)


def wanted(classroom: Any, hour: float = 11, hours: float = 1, **changes: Any) -> dict[str, Any]:
    start = NINE + timedelta(hours=hour - 9)
    times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=hours)).isoformat()}
    return {"room_id": str(classroom.room_id), "section_id": str(classroom.section_id)} | times | changes


def test_a_lesson_takes_its_sections_delay_and_says_where_to_go(classroom: Any, client: TestClient) -> None:
    answer = client.post("/v1/lessons", json=wanted(classroom))
    assert answer.status_code == 201
    lesson = answer.json()
    assert (lesson["section"], lesson["room"], lesson["late_after_s"]) == ("3b", "Room 1", 300)
    assert (lesson["state"], lesson["closed_at"]) == ("scheduled", None)
    assert lesson["links"]["close"] == f"/v1/lessons/{lesson['id']}/close"
    assert client.get(f"/v1/lessons/{lesson['id']}").json() == lesson


def test_the_same_key_opens_the_same_lesson_once(classroom: Any, client: TestClient) -> None:
    first = client.post("/v1/lessons", json=wanted(classroom, key="timetable-7"))
    again = client.post("/v1/lessons", json=wanted(classroom, key="timetable-7"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = client.post("/v1/lessons", json=wanted(classroom, hour=15, key="timetable-7"))
    assert (other.status_code, other.json()["code"]) == (409, "key-taken")


def test_two_lessons_in_one_room_never_share_time(classroom: Any, client: TestClient) -> None:
    clash = client.post("/v1/lessons", json=wanted(classroom, hour=9.5))
    assert (clash.status_code, clash.json()["code"]) == (409, "room-taken")
    assert str(classroom.lesson_id) in clash.json()["detail"]
    assert client.post("/v1/lessons", json=wanted(classroom, hour=9.75)).status_code == 201


def test_many_callers_at_once_open_one_lesson(classroom: Any, client: TestClient) -> None:
    start, statuses = Barrier(4), []

    def ask() -> None:
        start.wait()
        statuses.append(client.post("/v1/lessons", json=wanted(classroom)).status_code)

    callers = [Thread(target=ask) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(statuses) == [201, 409, 409, 409]


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"starts_at": "2026-02-11T11:00:00"}, "not valid"),
    ({"ends_at": "2026-02-11T11:00:05Z"}, "from 10 seconds"),
    ({"ends_at": "2026-02-11T10:00:00Z"}, "from 10 seconds"),
    ({"ends_at": "2026-02-12T11:00:00Z"}, "to 12 hours"),
    ({"starts_at": "2028-02-11T11:00:00Z", "ends_at": "2028-02-11T12:00:00Z"}, "400 days"),
    ({"room_id": str(uuid4())}, "no such room"),
    ({"section_id": str(uuid4())}, "no section"),
    ({"late_after_s": -1}, "not valid"),
    ({"threshold": 0.69}, "0.7"),
    ({"threshold": "NaN"}, "not valid"),
    ({"colour": "red"}, "not valid"),
]


def test_impossible_lessons_are_refused(classroom: Any, client: TestClient) -> None:
    for changes, said in IMPOSSIBLE:
        answer = client.post("/v1/lessons", json=wanted(classroom) | changes)
        assert (answer.status_code, changes) == (422, changes)
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in answer.json()["detail"]


def test_lessons_are_listed_by_the_schools_day_and_room(classroom: Any, client: TestClient) -> None:
    late = datetime(2026, 2, 11, 23, 15, tzinfo=UTC)  # a quarter past midnight in Zurich
    tomorrow = classroom.lesson(late)
    today = [lesson["id"] for lesson in client.get("/v1/lessons").json()]
    assert today == [str(classroom.lesson_id)]
    listed = client.get("/v1/lessons", params={"date": "2026-02-12", "room_id": str(classroom.room_id)})
    assert [lesson["id"] for lesson in listed.json()] == [str(tomorrow)]
    assert client.get("/v1/lessons", params={"room_id": str(uuid4())}).json() == []


def test_closing_ends_a_lesson_now_and_again_changes_nothing(
    classroom: Any, client: TestClient, clock: Any
) -> None:
    closed = client.post(f"/v1/lessons/{classroom.lesson_id}/close").json()
    assert (closed["state"], closed["ends_at"]) == ("closing", "2026-02-11T09:30:00Z")
    clock.forward(minutes=5)
    assert client.post(f"/v1/lessons/{classroom.lesson_id}/close").json()["ends_at"] == closed["ends_at"]


def test_what_has_not_begun_or_is_unknown_cannot_be_ended(classroom: Any, client: TestClient) -> None:
    later = client.post("/v1/lessons", json=wanted(classroom)).json()["id"]
    early = client.post(f"/v1/lessons/{later}/close")
    assert (early.status_code, early.json()["code"]) == (409, "lesson-not-begun")
    assert client.post(f"/v1/lessons/{uuid4()}/close").status_code == 404
    assert client.get(f"/v1/lessons/{uuid4()}").status_code == 404


def test_mark_attendance_opens_a_roll_call_once(classroom: Any, client: TestClient, clock: Any) -> None:
    ada = classroom.student("101")
    classroom.student("102", consent=False)
    clock.forward(hours=1)
    first = client.post("/mark-attendance/", params={"threshold": 0.8, "minutes": 30})
    assert first.status_code == 201
    lesson = first.json()
    assert (lesson["section_id"], lesson["threshold"], lesson["state"]) == (None, 0.8, "running")
    assert lesson["ends_at"] == "2026-02-11T11:00:00Z"
    again = client.post("/mark-attendance/", data={"threshold": "0.9"})
    assert (again.status_code, again.json()["id"]) == (200, lesson["id"])
    register = client.get(lesson["links"]["register"]).json()
    assert [entry["student_id"] for entry in register["entries"]] == [str(ada)]


@pytest.mark.parametrize("how", ["params", "data"])
def test_a_threshold_below_the_floor_is_refused_with_the_floor(
    classroom: Any, client: TestClient, how: str
) -> None:
    answer = client.post("/mark-attendance/", **{how: {"threshold": "0.5"}})  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "threshold-below-floor")
    assert "0.7" in answer.json()["detail"]


def test_a_roll_call_ends_where_the_next_lesson_begins_and_not_amid_one(
    classroom: Any, client: TestClient, clock: Any
) -> None:
    assert client.post("/mark-attendance/").json()["code"] == "room-taken"
    classroom.lesson(NINE + timedelta(hours=2))
    clock.now = NINE + timedelta(hours=1.5)
    assert client.post("/mark-attendance/").json()["ends_at"] == "2026-02-11T11:00:00Z"


def test_a_roll_call_needs_a_camera_that_is_there(classroom: Any, client: TestClient, clock: Any) -> None:
    clock.forward(hours=1)
    assert client.post("/mark-attendance/", params={"camera": str(uuid4())}).status_code == 404
    named = client.post("/mark-attendance/", params={"camera": str(classroom.camera_id)})
    assert named.status_code == 201
    assert client.post("/mark-attendance/", params={"minutes": 0}).status_code == 422
