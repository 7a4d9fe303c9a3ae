"""What is gone is told by id, whoever deleted it and by whichever way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select

from adsum_api.deletions.endpoints import KEPT
from adsum_api.retention.service import purge_expired
from adsum_store.models import Deletion, Room, School, Student
from adsum_store.unit_of_work import Store


def gone(client: TestClient, store: Store, **query: Any) -> list[dict[str, Any]]:
    with store.begin() as work:
        since = work.session.scalars(select(func.now() - timedelta(hours=1))).one()
    answer = client.get("/v1/deletions", params={"since": since.isoformat()} | query)
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()
    return told


def test_an_erased_student_leaves_an_id_and_so_does_all_that_was_told_of_them(
    client: TestClient, store: Store
) -> None:
    new = {"number": "1", "name": "Ada", "consent": {"basis": "guardian", "given_by": "Her mother"}}
    student = client.post("/v1/students", json=new).json()
    section = client.post("/v1/sections", json={"name": "3b"}).json()["id"]
    member = client.put(
        f"/v1/sections/{section}/students/{student['id']}", json={"starts_on": "2026-01-01"}
    ).json()
    client.delete(f"/v1/students/{student['id']}")
    assert {(each["kind"], each["id"]) for each in gone(client, store)} == {
        ("student", student["id"]), ("consent", student["consent"]["id"]), ("membership", member["id"]),
    }  # fmt: skip
    assert "Ada" not in str(gone(client, store))


def test_whatever_deletes_a_row_it_is_told(client: TestClient, store: Store, school: School) -> None:
    with store.begin() as work:
        room = Room(id=uuid4(), school_id=school.id, name="B12")
        work.session.add(room)
    with store.begin() as work:
        work.session.execute(delete(Room))
    assert [(each["kind"], each["id"]) for each in gone(client, store)] == [("room", str(room.id))]


def test_deletions_come_in_pages(client: TestClient, store: Store, school: School) -> None:
    with store.begin() as work:
        work.session.add_all([Student(school_id=school.id, number=str(each), name="A") for each in range(5)])
    with store.begin() as work:
        work.session.execute(delete(Student))
    whole = gone(client, store)
    first = client.get("/v1/deletions", params={"since": "2026-02-01T00:00:00Z", "limit": 3})
    rest = client.get(first.links["next"]["url"])
    assert first.json() + rest.json() == whole
    assert len(whole) == 5


def test_what_is_kept_no_longer_is_not_passed_over(client: TestClient, store: Store, clock: Any) -> None:
    client.delete(
        f"/v1/students/{client.post('/v1/students', json={'number': '1', 'name': 'A'}).json()['id']}"
    )
    too_early = (clock.now - KEPT - timedelta(seconds=1)).isoformat()
    refused = client.get("/v1/deletions", params={"since": too_early})
    assert (refused.status_code, refused.json()["code"]) == (410, "deletions-forgotten")
    assert client.get("/v1/deletions").status_code == 422
    with store.begin() as work:
        at = work.session.scalars(select(Deletion.deleted_at)).one()
        purge_expired(work, at + KEPT)
        assert len(work.session.scalars(select(Deletion)).all()) == 1
        purge_expired(work, at + KEPT + timedelta(seconds=1))
        assert work.session.scalars(select(Deletion)).all() == []
