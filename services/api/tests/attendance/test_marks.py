"""Marks by hand, the register, and attendance by student and day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from fastapi.testclient import TestClient

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_store.repositories import kept_answers


def apply(classroom: Any) -> None:
    with classroom.store.begin() as work:
        service.apply(work, classroom.school_id, classroom.lesson_id, Agreement())


def say(client: TestClient, classroom: Any, student: UUID, status: str, key: str = "", **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"student_id": str(student), "status": status} | more
    return client.post(f"/v1/lessons/{classroom.lesson_id}/marks", json=body, headers=headers)


def register(client: TestClient, classroom: Any) -> Any:
    return client.get(f"/v1/lessons/{classroom.lesson_id}/register").json()


def test_the_register_lists_the_roster_by_number_unmarked_until_seen(
    classroom: Any, client: TestClient
) -> None:
    for number in ("10", "9", "101"):
        classroom.student(number)
    classroom.student("11", consent=False)
    classroom.student("999", member=False)
    found = register(client, classroom)
    assert [entry["number"] for entry in found["entries"]] == ["9", "10", "11", "101"]
    assert found["summary"] == {"unmarked": 4}
    assert found["lesson"]["id"] == str(classroom.lesson_id)


def test_an_entry_tells_when_the_machine_first_said_so_and_from_which_picture(
    classroom: Any, client: TestClient
) -> None:
    ada = classroom.student("101")
    classroom.track(ada, 1, 9)
    apply(classroom)
    say(client, classroom, ada, "late", minutes_late=3)
    (entry,) = register(client, classroom)["entries"]
    first = client.get(f"/v1/lessons/{classroom.lesson_id}/marks").json()[0]
    assert (entry["marked_at"], entry["captured_at"]) == (first["marked_at"], "2026-02-11T09:09:00Z")
    assert (entry["status"], entry["minutes_late"], entry["source"]) == ("late", 3, "teacher")
    assert (entry["first_seen_at"], entry["minutes_present"]) == ("2026-02-11T09:01:00Z", 8)


def test_a_person_beats_the_machine_until_they_take_it_back(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    assert say(client, classroom, ada, "absent", reason="called in").status_code == 201
    classroom.track(ada, 1, 9)
    apply(classroom)
    assert register(client, classroom)["summary"] == {"absent": 1}
    say(client, classroom, ada, "unmarked", actor="Ms Keller", source="office")
    assert register(client, classroom)["summary"] == {"present": 1}
    log = client.get(f"/v1/lessons/{classroom.lesson_id}/marks", params={"student_id": str(ada)}).json()
    assert [(mark["source"], mark["status"], mark["actor"]) for mark in log] == [
        ("teacher", "absent", "operator"),
        ("machine", "present", "attendance-rules"),
        ("office", "unmarked", "Ms Keller"),
    ]


def test_who_gave_no_consent_or_visits_takes_part_by_hand(classroom: Any, client: TestClient) -> None:
    for student in (classroom.student("101", consent=False), classroom.student("999", member=False)):
        assert say(client, classroom, student, "present").status_code == 201
    assert register(client, classroom)["summary"] == {"present": 2}


def test_a_repeated_request_marks_once(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    first = say(client, classroom, ada, "present", key="click-1")
    again = say(client, classroom, ada, "present", key="click-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = say(client, classroom, ada, "absent", key="click-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert classroom.statuses(ada) == ["present"]


def test_a_mark_knows_its_key_for_longer_than_the_answer_is_kept(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    first = say(client, classroom, ada, "present", key="click-1")
    with classroom.store.begin() as work:
        kept_answers.drop_before(work, datetime(9000, 1, 1, tzinfo=UTC))
    again = say(client, classroom, ada, "present", key="click-1")
    assert (again.status_code, again.json()) == (200, first.json())
    other = say(client, classroom, ada, "absent", key="click-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    with classroom.store.begin() as work:
        kept_answers.drop_before(work, datetime(9000, 1, 1, tzinfo=UTC))
    other = say(client, classroom, ada, "absent", key="click-1")
    assert (other.status_code, other.json()["code"]) == (422, "key-of-another-mark")
    assert classroom.statuses(ada) == ["present"]


UNSPEAKABLE: list[dict[str, Any]] = [
    {"status": "pending_review"},
    {"status": "not_observed"},
    {"status": "present", "minutes_late": 3},
    {"status": "late", "minutes_late": 0},
    {"status": "present", "source": "machine"},
    {"status": "present", "reason": "x" * 501},
    {"status": "present", "colour": "red"},
    {},
]


def test_what_nobody_may_say_is_refused(classroom: Any, client: TestClient) -> None:
    path, ada = f"/v1/lessons/{classroom.lesson_id}/marks", str(classroom.student("101"))
    for body in UNSPEAKABLE:
        answer = client.post(path, json={"student_id": ada} | body)
        assert (answer.status_code, body) == (422, body)


def test_unknown_students_and_lessons_are_not_found(classroom: Any, client: TestClient) -> None:
    assert say(client, classroom, uuid4(), "present").status_code == 404
    for path in ("register", "marks", "events"):
        assert client.get(f"/v1/lessons/{uuid4()}/{path}").status_code == 404
    assert client.get(f"/v1/students/{uuid4()}/attendance").status_code == 404


def test_attendance_by_student_and_by_day(classroom: Any, client: TestClient) -> None:
    ada, bea = classroom.student("101"), classroom.student("102", "Bea")
    say(client, classroom, ada, "present")
    say(client, classroom, bea, "excused")
    of_day = client.get("/v1/attendance").json()
    assert [(entry["number"], entry["status"]) for entry in of_day] == [
        ("101", "present"),
        ("102", "excused"),
    ]
    path = f"/v1/students/{bea}/attendance"
    (entry,) = client.get(path).json()
    assert (entry["status"], entry["lesson_id"]) == ("excused", str(classroom.lesson_id))
    assert client.get(path, params={"from": "2026-02-12", "to": "2026-02-13"}).json() == []
    assert client.get(path, params={"from": "2026-02-13", "to": "2026-02-12"}).status_code == 422
    assert client.get("/v1/attendance", params={"date": "2026-02-10"}).json() == []
