"""A teacher's own: their sections, with the lessons and students of these, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adsum_api.access.rights import Role

SignedIn = Callable[..., TestClient]
DAYS = {"starts_on": "2026-01-01"}


@dataclass(frozen=True)
class Group:
    """A section with one student and a lesson of today, in which the student is present."""

    section: str
    student: str
    lesson: str


@pytest.fixture
def teacher(signed_in: SignedIn) -> TestClient:
    return signed_in("ada", Role.TEACHER)


@pytest.fixture
def staff_id(teacher: TestClient, client: TestClient) -> str:
    return str(client.get("/v1/staff").json()[0]["id"])


@pytest.fixture
def groups(client: TestClient, staff_id: str, clock: Any) -> tuple[Group, Group]:
    """The teacher's own group, and that of somebody else."""
    mine, theirs = (group_of(client, name, clock) for name in ("Mine", "Theirs"))
    client.put(f"/v1/sections/{mine.section}/staff/{staff_id}", json={"role": "teacher", **DAYS})
    return mine, theirs


def group_of(client: TestClient, name: str, clock: Any) -> Group:
    room = client.post("/v1/rooms", json={"name": f"{name} room"}).json()["id"]
    section = client.post("/v1/sections", json={"name": f"{name} section"}).json()["id"]
    student = client.post("/v1/students", json={"number": name, "name": f"{name} student"}).json()["id"]
    client.put(f"/v1/sections/{section}/students/{student}", json=DAYS)
    times = {"starts_at": clock.now.isoformat(), "ends_at": (clock.now + timedelta(minutes=45)).isoformat()}
    lesson = client.post("/v1/lessons", json={"room_id": room, "section_id": section, **times}).json()["id"]
    client.post(f"/v1/lessons/{lesson}/marks", json={"student_id": student, "status": "present"})
    return Group(section, student, lesson)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/lessons/{0.lesson}", "/v1/lessons/{0.lesson}/register", "/v1/lessons/{0.lesson}/marks",
        "/v1/sections/{0.section}", "/v1/sections/{0.section}/students", "/v1/students/{0.student}",
        "/v1/students/{0.student}/attendance", "/lessons/{0.lesson}",
        "/v1/reports/register?lesson_id={0.lesson}",
    ],
)  # fmt: skip
def test_what_is_anothers_is_not_there(teacher: TestClient, groups: tuple[Group, Group], path: str) -> None:
    mine, theirs = groups
    assert teacher.get(path.format(mine)).status_code == 200
    answer = teacher.get(path.format(theirs))
    assert answer.status_code == 404
    assert "Theirs" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/v1/lessons", "/v1/sections", "/v1/students", "/v1/attendance", "/", "/v1/reports/register",
        "/v1/reports/attendance?by=section", "/v1/reports/attendance?by=student",
        "/attendance/attendance_2026-02-11.csv",
    ],
)  # fmt: skip
def test_lists_have_the_teachers_own_alone(
    teacher: TestClient, client: TestClient, groups: tuple[Group, Group], path: str
) -> None:
    told = teacher.get(path)
    assert (told.status_code, "Mine" in told.text, "Theirs" in told.text) == (200, True, False)
    assert "Theirs" in client.get(path).text


def test_a_teacher_marks_in_their_own_lessons_under_their_name(
    teacher: TestClient, groups: tuple[Group, Group]
) -> None:
    mine, theirs = groups
    for group, status in ((mine, 201), (theirs, 404)):
        mark = {"student_id": group.student, "status": "late", "minutes_late": 5}
        key = {"Idempotency-Key": group.lesson}
        answer = teacher.post(f"/v1/lessons/{group.lesson}/marks", json=mark, headers=key)
        assert answer.status_code == status
    log = teacher.get(f"/v1/lessons/{mine.lesson}/marks").json()
    assert [mark["actor"] for mark in log] == ["operator", "ada"]


def test_a_teacher_sees_the_absences_of_their_own_students(
    teacher: TestClient, client: TestClient, groups: tuple[Group, Group]
) -> None:
    for group in groups:
        days = {"starts_on": "2026-02-12", "ends_on": "2026-02-13"}
        said = {"student_id": group.student, "kind": "family", "told_by": "mother", **days}
        assert client.post("/v1/absences", json=said).status_code == 201
    assert [each["student_id"] for each in teacher.get("/v1/absences").json()] == [groups[0].student]
    assert teacher.get("/v1/absences", params={"student_id": groups[1].student}).json() == []
    assert len(client.get("/v1/absences").json()) == 2


def test_who_left_a_teachers_section_stays_in_its_registers_alone(
    teacher: TestClient, client: TestClient, groups: tuple[Group, Group]
) -> None:
    mine, _ = groups
    days = {"starts_on": "2026-02-12", "ends_on": "2026-02-13"}
    said = {"student_id": mine.student, "kind": "medical", "told_by": "mother", **days}
    assert client.post("/v1/absences", json=said).status_code == 201
    for path in ("/v1/students", "/v1/absences"):
        assert len(teacher.get(path).json()) == 1
    here = f"/v1/sections/{mine.section}/students/{mine.student}"
    assert client.put(here, json={**DAYS, "ends_on": "2026-02-10"}).status_code == 200
    for path in ("/v1/students", "/v1/absences"):
        assert teacher.get(path).json() == []
    assert teacher.get(f"/v1/students/{mine.student}").status_code == 404
    assert "Mine student" in teacher.get(f"/v1/lessons/{mine.lesson}/register").text
    assert "Mine student" in teacher.get("/v1/reports/register").text


def test_a_teacher_opens_a_lesson_of_their_own_section(
    teacher: TestClient, client: TestClient, groups: tuple[Group, Group], clock: Any
) -> None:
    room = client.post("/v1/rooms", json={"name": "The yard"}).json()["id"]
    times = {"starts_at": clock.now.isoformat(), "ends_at": (clock.now + timedelta(minutes=45)).isoformat()}
    mine, theirs = ({"section_id": group.section} for group in groups)
    for named, status in ((mine, 201), (theirs, 404), ({}, 422)):
        key = {"Idempotency-Key": str(status)}
        answer = teacher.post("/v1/lessons", json={"room_id": room, **times, **named}, headers=key)
        assert answer.status_code == status, answer.text
        if status == 201:
            opened = answer.json()
    assert opened["state"] == "running"
    assert teacher.get(f"/v1/lessons/{opened['id']}/register").status_code == 200
    clock.forward(minutes=1)
    assert teacher.post(opened["links"]["close"], headers={"Idempotency-Key": "end"}).status_code == 200


def test_nobody_signs_with_another_name(teacher: TestClient, groups: tuple[Group, Group]) -> None:
    mine, _ = groups
    mark = {"student_id": mine.student, "status": "absent", "actor": "the headmaster"}
    said = teacher.post(f"/v1/lessons/{mine.lesson}/marks", json=mark, headers={"Idempotency-Key": "1"})
    assert said.json()["actor"] == "ada"


def test_what_is_taught_no_more_is_the_teachers_no_more(
    teacher: TestClient, client: TestClient, groups: tuple[Group, Group], staff_id: str
) -> None:
    mine, _ = groups
    ended = {"role": "teacher", **DAYS, "ends_on": "2026-02-10"}
    client.put(f"/v1/sections/{mine.section}/staff/{staff_id}", json=ended)
    for path in (
        f"/v1/lessons/{mine.lesson}",
        f"/v1/students/{mine.student}",
        f"/v1/sections/{mine.section}",
    ):
        assert teacher.get(path).status_code == 404
    assert teacher.get("/v1/lessons").json() == []


def test_an_auditor_reads_everything_and_changes_nothing(
    signed_in: SignedIn, groups: tuple[Group, Group]
) -> None:
    auditor, (_, theirs) = signed_in("vera", Role.AUDITOR), groups
    assert auditor.get(f"/v1/lessons/{theirs.lesson}/register").status_code == 200
    mark = {"student_id": theirs.student, "status": "absent"}
    answer = auditor.post(f"/v1/lessons/{theirs.lesson}/marks", json=mark, headers={"Idempotency-Key": "1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "right-missing")
