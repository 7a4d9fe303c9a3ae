"""Of whom a teacher speaks in a lesson of theirs, and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from adsum_api.access.rights import Role
from adsum_store.models import Track

PASSWORD = "correct horse battery"
SINCE = {"starts_on": "2026-01-01"}


@pytest.fixture
def teacher(signed_in: Callable[..., TestClient], client: TestClient, classroom: Any) -> TestClient:
    """Who teaches the classroom's section."""
    browser = signed_in("keller", Role.TEACHER)
    teach(client, classroom.section_id)
    browser.event_hooks = client.event_hooks
    return browser


@pytest.fixture
def stranger(classroom: Any) -> UUID:
    """A student of somebody else's section."""
    student: UUID = classroom.student("9", "Xanthippe", member=False)
    return student


def teach(client: TestClient, section_id: Any) -> None:
    staff_id = client.get("/v1/staff").json()[0]["id"]
    assert client.put(f"/v1/sections/{section_id}/staff/{staff_id}", json=SINCE).status_code == 200


def say(caller: TestClient, classroom: Any, student: UUID) -> int:
    mark = {"student_id": str(student), "status": "present"}
    return caller.post(f"/v1/lessons/{classroom.lesson_id}/marks", json=mark).status_code


def test_a_teacher_marks_nobody_elses_student(
    teacher: TestClient, client: TestClient, classroom: Any, stranger: UUID
) -> None:
    ada = classroom.student("1")
    assert (say(teacher, classroom, ada), say(teacher, classroom, stranger)) == (201, 404)
    mixed = [{"student_id": str(each), "status": "late"} for each in (ada, stranger, uuid4())]
    told = teacher.post(f"/v1/lessons/{classroom.lesson_id}/marks/bulk", json={"marks": mixed}).json()
    assert [each["status"] for each in told["results"]] == [201, 404, 404]
    form = {"student_id": str(stranger), "status": "present"}
    assert teacher.post(f"/lessons/{classroom.lesson_id}/marks", data=form).status_code == 404
    assert classroom.statuses(stranger) == []
    assert say(client, classroom, stranger) == 201, "the office marks anybody"
    assert say(teacher, classroom, stranger) == 201, "who is in the register by now"


@pytest.mark.parametrize("path", ["/v1/lessons/{}/students/{}/presence", "/lessons/{}/students/{}/faces"])
def test_a_teacher_is_told_nothing_of_somebody_elses_student(
    teacher: TestClient, client: TestClient, classroom: Any, stranger: UUID, path: str
) -> None:
    ada = classroom.student("1")
    assert teacher.get(path.format(classroom.lesson_id, ada)).status_code == 200
    refused = teacher.get(path.format(classroom.lesson_id, stranger))
    assert (refused.status_code, "Xanthippe" in refused.text) == (404, False)
    assert client.get(path.format(classroom.lesson_id, stranger)).status_code == 200


def test_a_teacher_sets_nobody_elses_student_apart(
    teacher: TestClient, classroom: Any, stranger: UUID
) -> None:
    ada, bea = classroom.student("1"), classroom.student("2")
    said = {"track_id": str(classroom.track(ada, 0, 10)), "student_id": str(ada)}
    path = f"/v1/lessons/{classroom.lesson_id}/corrections"
    for rather, status in ((stranger, 404), (bea, 201)):
        assert teacher.post(path, json=said | {"rather_id": str(rather)}).status_code == status


def test_a_teacher_marks_who_of_another_class_was_told_to_be_there(
    teacher: TestClient, client: TestClient, classroom: Any, stranger: UUID
) -> None:
    track_id = classroom.track(None, 3, 9)
    with classroom.store.begin() as work:
        row = work.session.get(Track, (classroom.lesson_id, track_id))
        row.reason, row.elsewhere_id = "known_elsewhere", stranger
    assert say(teacher, classroom, stranger) == 404, "the school lets no name be told"
    client.patch("/v1/school", json={"known_elsewhere": "with_name"})
    assert say(teacher, classroom, stranger) == 201


def test_a_teacher_marks_who_of_their_other_class_sits_in(
    teacher: TestClient, client: TestClient, classroom: Any, stranger: UUID
) -> None:
    other = client.post("/v1/sections", json={"name": "4b"}).json()["id"]
    client.put(f"/v1/sections/{other}/students/{stranger}", json=SINCE)
    assert say(teacher, classroom, stranger) == 404
    teach(client, other)
    assert say(teacher, classroom, stranger) == 201


def test_a_face_keeps_its_name_once_teachers_may_change_the_register_no_more(
    teacher: TestClient, client: TestClient, classroom: Any, tasks: Any, clock: Any
) -> None:
    ada = classroom.student("1")
    path = f"/v1/lessons/{classroom.lesson_id}/corrections"
    said = [{"track_id": str(classroom.track(ada, 0, 9)), "student_id": str(ada)} for _ in range(2)]
    here = f"{path}/{teacher.post(path, json=said[0]).json()['id']}"
    page = {"track_id": said[1]["track_id"]}
    tasks.sent.clear()

    clock.forward(days=15)
    teacher.post("/sign-in", data={"username": "keller", "password": PASSWORD})
    late = [
        teacher.post(path, json=said[1]),
        teacher.delete(here, headers={"If-Match": "*"}),
        teacher.post(f"/lessons/{classroom.lesson_id}/students/{ada}/faces", data=page),
        teacher.post(f"{here.removeprefix('/v1')}/take-back"),
    ]

    assert [answer.status_code for answer in late] == [403] * 4
    assert late[0].json()["code"] == "correction-window-over"
    assert tasks.sent == []
    assert client.post(path, json=said[1]).status_code == 201, "the office always may"
    assert client.delete(here, headers={"If-Match": "*"}).status_code == 200


def test_a_teacher_opens_no_lesson_whose_register_they_may_change_no_more(
    teacher: TestClient, client: TestClient, classroom: Any, clock: Any
) -> None:
    def opened(caller: TestClient, days: int) -> Any:
        starts_at = clock.now - timedelta(days=days)
        times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}
        place = {"room_id": str(classroom.room_id), "section_id": str(classroom.section_id)}
        return caller.post("/v1/lessons", json=place | times)

    assert opened(teacher, 14).status_code == 201
    late = opened(teacher, 15)
    assert (late.status_code, late.json()["code"]) == (403, "correction-window-over")
    assert client.get("/v1/lessons", params={"date": "2026-01-27"}).json() == []
    assert opened(client, 15).status_code == 201, "the office always may"
