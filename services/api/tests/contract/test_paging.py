"""Every list of `/v1` comes in pages that are linked, and tells what changed since a time."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from adsum_api.contract.paging import cursor_at, place_of
from adsum_store.models import Lesson, Room, School, Section, SectionEnrolment, Student
from adsum_store.repositories.pages import BadCursor
from adsum_store.unit_of_work import Store

UNPAGED = {
    "/v1/lessons/{lesson_id}/register": "one lesson's, whole: a register of half a class is none",
    "/v1/school": "one",
    "/v1/deletions": "it always takes a time, as `since`",
    "/v1/clients/{client_id}/secrets": "two at most",
}


def pages(client: TestClient, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
    answer = client.get(path, params=query)
    while True:
        assert answer.status_code == 200, answer.text
        yield answer.json()
        if "next" not in answer.links:
            return
        answer = client.get(answer.links["next"]["url"])


@pytest.fixture
def crowded(store: Store, school: School) -> dict[str, UUID]:
    """Five rooms, sections, lessons and students; all five are on one section's roster."""
    section = uuid4()
    with store.begin() as work:
        for index in range(5):
            room = Room(school_id=school.id, name=f"Room {index}")
            other = Section(id=section if index == 0 else uuid4(), school_id=school.id, name=f"S{index}")
            student = Student(school_id=school.id, number=f'{index}\u00e9"', name="Ada")
            work.session.add_all([room, other, student])
            work.session.flush()
            starts_at = datetime(2026, 2, 11, 9, tzinfo=UTC)
            hours = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1), "late_after_s": 0}
            work.session.add_all([
                Lesson(school_id=school.id, room_id=room.id, key=str(index), **hours),
                SectionEnrolment(
                    school_id=school.id, section_id=section, student_id=student.id, starts_on=date(2026, 1, 1)
                ),
            ])  # fmt: skip
    return {"section": section}


def test_every_list_of_v1_takes_a_cursor_and_a_time(api: FastAPI) -> None:
    document = api.openapi()
    for path, operations in document["paths"].items():
        told = operations.get("get")
        if told is None or not path.startswith("/v1/") or path in UNPAGED:
            continue
        schema = told["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
        if schema.get("type") == "array":
            names = {each["name"] for each in told["parameters"]}
            assert {"cursor", "limit", "updated_since"} <= names, path


@pytest.mark.parametrize("path", ["rooms", "sections", "lessons", "students", "sections/{section}/students"])
@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_the_pages_make_the_list(crowded: dict[str, UUID], client: TestClient, path: str, limit: int) -> None:
    path = f"/v1/{path.format(**crowded)}"
    whole = client.get(path).json()
    parts = list(pages(client, path, limit=limit))
    assert [len(part) for part in parts] == [limit] * (5 // limit) + ([5 % limit] if 5 % limit else [])
    assert [row for part in parts for row in part] == whole
    assert len(whole) == 5


def test_a_query_goes_with_the_cursor(crowded: dict[str, UUID], client: TestClient) -> None:
    found = [row for page in pages(client, "/v1/students", q="ada", limit=2) for row in page]
    assert len(found) == 5
    answer = client.get("/v1/students", params={"q": "ada", "limit": 2})
    assert "q=ada" in answer.links["next"]["url"]


def test_a_row_that_comes_meanwhile_makes_none_appear_twice(client: TestClient) -> None:
    for name in ("b", "d", "f"):
        client.post("/v1/rooms", json={"name": name})
    turning = pages(client, "/v1/rooms", limit=2)
    assert [row["name"] for row in next(turning)] == ["b", "d"]
    for name in ("a", "e"):
        client.post("/v1/rooms", json={"name": name})
    assert [row["name"] for row in next(turning)] == ["e", "f"]


def test_only_what_changed_since_is_told(crowded: dict[str, UUID], client: TestClient, store: Store) -> None:
    with store.begin() as work:
        before = work.session.scalars(select(func.now())).one()
    since = {"updated_since": before.isoformat()}
    for path in ("rooms", "sections", "lessons", "students"):
        assert client.get(f"/v1/{path}", params=since).json() == []
    with store.begin() as work:
        work.session.execute(update(Room).where(Room.name == "Room 3").values(name="Hall"))
        work.session.execute(update(Section).values(late_after_s=Section.late_after_s))
        work.session.execute(update(Lesson).values(applied_at=func.now()))
        work.session.execute(update(Lesson).where(Lesson.key == "1").values(late_after_s=1))
        work.session.execute(update(Student).where(Student.number.startswith("2")).values(name="Bea"))
    assert [row["name"] for row in client.get("/v1/rooms", params=since).json()] == ["Hall"]
    assert client.get("/v1/sections", params=since).json() == []
    assert [row["key"] for row in client.get("/v1/lessons", params=since).json()] == ["1"]
    assert [row["name"] for row in client.get("/v1/students", params=since).json()] == ["Bea"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        cursor_at(("a", "b")),
        cursor_at(("a\x00",)),
        base64.urlsafe_b64encode(b"[1]").decode(),
        base64.urlsafe_b64encode(b'["\\ud800"]').decode(),
        base64.urlsafe_b64encode(b"[]").decode(),
        base64.urlsafe_b64encode(b"[" * 1000).decode(),
    ],
)
def test_a_cursor_of_no_list_is_refused(client: TestClient, cursor: str) -> None:
    refused = client.get("/v1/rooms", params={"cursor": cursor})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-cursor")


@pytest.mark.parametrize("place", [("soon", "R", str(uuid4())), ("2026-02-11", "R", str(uuid4()))])
def test_a_cursor_of_another_kind_is_refused(client: TestClient, place: tuple[str, ...]) -> None:
    assert client.get("/v1/lessons", params={"cursor": cursor_at(place)}).json()["code"] == "bad-cursor"


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_cursor_reads_back(place: list[str]) -> None:
    assert place_of(cursor_at(tuple(place))) == tuple(place)


@given(st.text(max_size=40))
def test_any_text_is_a_place_or_refused(cursor: str) -> None:
    try:
        place = place_of(cursor)
    except BadCursor:
        return
    assert json.dumps(place)
