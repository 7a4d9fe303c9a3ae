"""Many things in one request: each has its own result, and the number of statements does not grow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from adsum_store.models import School
from adsum_store.unit_of_work import Store


def statuses(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [result["status"] for result in answer.json()["results"]]


def codes(answer: Any) -> list[str | None]:
    return [result["problem"] and result["problem"]["code"] for result in answer.json()["results"]]


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that the engine runs meanwhile."""
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", count)
    yield seen
    event.remove(store.engine, "before_cursor_execute", count)


def add_students(client: TestClient, *numbers: str) -> list[str]:
    rows = [{"number": number, "name": "Ada"} for number in numbers]
    answer = client.post("/v1/students/bulk", json={"students": rows})
    return [result["id"] for result in answer.json()["results"]]


def test_each_student_has_a_result_and_one_that_is_refused_keeps_no_other_back(client: TestClient) -> None:
    client.post("/v1/students", json={"number": "2", "name": "Bea"})
    rows = [
        {"number": "1", "name": "Ada"}, {"number": "2", "name": "Bo"}, {"number": "3"}, "nonsense",
        {"number": "1", "name": "Again"}, {"number": "4", "name": "Cem"},
    ]  # fmt: skip
    answer = client.post("/v1/students/bulk", json={"students": rows})
    assert statuses(answer) == [201, 409, 422, 422, 409, 201]
    assert codes(answer) == [None, "conflict", "not-valid", "not-valid", "twice-in-this-request", None]
    told = answer.json()
    assert (told["done"], told["refused"]) == (2, 4)
    assert told["results"][2]["problem"]["errors"][0]["field"] == "name"
    assert [each["number"] for each in client.get("/v1/students").json()] == ["1", "2", "4"]
    assert client.get(f"/v1/students/{told['results'][5]['id']}").json()["name"] == "Cem"


@pytest.mark.parametrize("rows", [[], [{"number": str(each), "name": "Ada"} for each in range(1001)]])
def test_no_item_and_too_many_are_refused_as_a_whole(client: TestClient, rows: list[Any]) -> None:
    assert client.post("/v1/students/bulk", json={"students": rows}).status_code == 422


def test_the_same_request_is_done_once(client: TestClient) -> None:
    body, key = {"students": [{"number": "1", "name": "Ada"}]}, {"Idempotency-Key": "september"}
    first, again = (client.post("/v1/students/bulk", json=body, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert statuses(again) == [201]


def test_memberships_keep_the_rules_of_a_single_one(client: TestClient) -> None:
    section = client.post("/v1/sections", json={"name": "3b"}).json()["id"]
    path, (ada, bea) = f"/v1/sections/{section}/enrolments/bulk", add_students(client, "1", "2")
    first = {"enrolments": [{"student_id": ada, "starts_on": "2026-01-01", "ends_on": "2026-01-31"}]}
    assert statuses(client.post(path, json=first)) == [200]
    rows = [
        {"student_id": ada, "starts_on": "2026-01-15"},
        {"student_id": ada, "starts_on": "2026-01-01", "ends_on": "2026-01-20"},
        {"student_id": ada, "starts_on": "2026-01-21"},
        {"student_id": ada, "starts_on": "2026-03-01"},
        {"student_id": bea, "starts_on": "2026-02-02", "ends_on": "2026-02-01"},
        {"student_id": str(uuid4()), "starts_on": "2026-01-01"},
    ]
    answer = client.post(path, json={"enrolments": rows})
    assert codes(answer) == ["days-overlap", None, None, "days-overlap", "invalid", "student-not-found"]
    roster = client.get(f"/v1/sections/{section}/students", params={"on": "2026-02-11"}).json()
    assert [(each["student_id"], each["starts_on"]) for each in roster] == [(ada, "2026-01-21")]
    assert client.post(f"/v1/sections/{uuid4()}/enrolments/bulk", json=first).status_code == 404


def test_marks_are_said_once_and_the_register_follows(classroom: Any, client: TestClient) -> None:
    ada, bea = (str(classroom.student(number)) for number in ("1", "2"))
    path = f"/v1/lessons/{classroom.lesson_id}"
    rows = [
        {"student_id": ada, "status": "late", "minutes_late": 7},
        {"student_id": bea, "status": "present", "minutes_late": 7},
        {"student_id": ada, "status": "absent"},
        {"student_id": str(uuid4()), "status": "absent"},
    ]
    answer = client.post(f"{path}/marks/bulk", json={"marks": rows})
    assert codes(answer) == [None, "invalid", "twice-in-this-request", "not-found"]
    told = {each["student_id"]: each["status"] for each in client.get(f"{path}/register").json()["entries"]}
    assert told[ada] == "late"
    assert client.post(f"/v1/lessons/{uuid4()}/marks/bulk", json={"marks": rows}).status_code == 404


def test_the_number_of_statements_does_not_grow_with_the_items(
    classroom: Any, client: TestClient, store: Store, school: School
) -> None:
    section, counts = str(classroom.section_id), []
    for size in (2, 40):
        with counted(store) as seen:
            ids = add_students(client, *(f"{size}-{each}" for each in range(size)))
            days = [{"student_id": each, "starts_on": "2026-01-01"} for each in ids]
            client.post(f"/v1/sections/{section}/enrolments/bulk", json={"enrolments": days})
            marks = [{"student_id": each, "status": "present"} for each in ids]
            path = f"/v1/lessons/{classroom.lesson_id}/marks/bulk"
            assert set(statuses(client.post(path, json={"marks": marks}))) == {201}
        counts.append(len(seen))
    assert counts[0] == counts[1]
