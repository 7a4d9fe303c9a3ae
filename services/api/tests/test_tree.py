"""Terms, courses, buildings, staff, and sections and rooms as parts of them, row by row."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from adsum_store.models import Course, School, Section
from adsum_store.unit_of_work import Store

NEW: dict[str, dict[str, Any]] = {
    "terms": {"title": "Autumn", "starts_on": "2025-08-18", "ends_on": "2026-01-30", "school_year": 2026},
    "courses": {"title": "Mathematics", "code": "MATH"},
    "buildings": {"name": "North wing"},
    "staff": {"name": "Anna Keller", "email": "anna.keller@school.example"},
    "rooms": {"name": "B12"},
    "sections": {"name": "7a"},
}
NAMED_BY = {"terms": "title", "courses": "title"}


def made(client: TestClient, kind: str, **more: object) -> dict[str, Any]:
    answer = client.post(f"/v1/{kind}", json=NEW[kind] | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("kind", NEW)
def test_a_row_is_added_shown_listed_changed_and_removed(client: TestClient, kind: str) -> None:
    row = made(client, kind)
    here, name = f"/v1/{kind}/{row['id']}", NAMED_BY.get(kind, "name")
    shown = client.get(here)
    assert shown.json() == row == client.get(f"/v1/{kind}").json()[0]
    changed = client.patch(here, json={name: "Another"}, headers={"If-Match": shown.headers["ETag"]})
    assert changed.json() == row | {name: "Another"}
    late = client.patch(here, json={name: "Third"}, headers={"If-Match": shown.headers["ETag"]})
    assert late.status_code == 412
    assert client.patch(here, json={name: None}, headers={"If-Match": "*"}).status_code == 422
    assert client.delete(here).status_code == 204
    assert client.get(here).status_code == client.delete(here).status_code == 404
    assert client.get(f"/v1/{kind}").json() == []


@pytest.mark.parametrize("kind", NEW)
def test_a_list_goes_on_where_the_page_before_ended(client: TestClient, kind: str) -> None:
    name = NAMED_BY.get(kind, "name")
    wanted = [made(client, kind, **{name: f"N{index}"})["id"] for index in range(3)]
    first = client.get(f"/v1/{kind}?limit=2")
    second = client.get(first.links["next"]["url"])
    assert [row["id"] for row in first.json() + second.json()] == wanted
    assert "next" not in second.links


@pytest.mark.parametrize("kind", NEW)
def test_what_changed_since_is_told(client: TestClient, kind: str) -> None:
    row = made(client, kind)
    assert client.get(f"/v1/{kind}", params={"updated_since": "2026-01-01T00:00:00Z"}).json() == [row]
    assert client.get(f"/v1/{kind}", params={"updated_since": "2100-01-01T00:00:00Z"}).json() == []


def test_a_section_has_a_course_a_room_terms_and_a_grace(client: TestClient) -> None:
    spring = made(client, "terms", title="Spring", starts_on="2026-02-02", ends_on="2026-07-04")
    autumn, course = made(client, "terms"), made(client, "courses")
    building = made(client, "buildings")
    room = made(client, "rooms", building_id=building["id"])
    section = made(
        client, "sections", course_id=course["id"], room_id=room["id"],
        term_ids=[spring["id"], autumn["id"]],
    )  # fmt: skip
    assert section["term_ids"] == [autumn["id"], spring["id"]], "the earliest first"
    here = f"/v1/sections/{section['id']}"
    change = {"late_after_s": 600, "course_id": None, "term_ids": [spring["id"]]}
    changed = client.patch(here, json=change, headers={"If-Match": "*"}).json()
    assert changed == section | change
    assert client.delete(f"/v1/rooms/{room['id']}").status_code == 409
    assert client.delete(f"/v1/buildings/{building['id']}").status_code == 409


def test_what_does_not_exist_cannot_be_referred_to(client: TestClient) -> None:
    for wrong in ({"course_id": str(uuid4())}, {"room_id": str(uuid4())}, {"term_ids": [str(uuid4())]}):
        assert client.post("/v1/sections", json=NEW["sections"] | wrong).status_code == 422
    assert client.post("/v1/rooms", json={"name": "B", "building_id": str(uuid4())}).status_code == 422
    backwards = NEW["terms"] | {"ends_on": "2020-01-01"}
    assert client.post("/v1/terms", json=backwards).status_code == 422
    term = made(client, "terms")
    answer = client.patch(
        f"/v1/terms/{term['id']}", json={"ends_on": "2020-01-01"}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 422


def test_what_rosters_bring_is_changed_where_they_come_from(
    client: TestClient, store: Store, school: School
) -> None:
    course = Course(school_id=school.id, title="Latin", source_id="k1")
    section = Section(school_id=school.id, name="7b", source_id="c1")
    with store.begin() as work:
        work.session.add_all([course, section])
        work.session.flush()
        ids = course.id, section.id
    there = f"/v1/courses/{ids[0]}", f"/v1/sections/{ids[1]}"
    for path, change in zip(there, ({"title": "Greek"}, {"name": "7c"}), strict=True):
        refused = client.patch(path, json=change, headers={"If-Match": "*"})
        assert refused.status_code == 409
        assert "school system" in refused.json()["detail"]
        assert client.delete(path).status_code == 409
    ours = client.patch(there[1], json={"late_after_s": 0}, headers={"If-Match": "*"})
    assert ours.json()["late_after_s"] == 0


def test_staff_teach_a_section_from_one_day_to_another(client: TestClient) -> None:
    section, member = made(client, "sections"), made(client, "staff")
    here = f"/v1/sections/{section['id']}/staff"
    days = {"role": "teacher", "is_primary": True, "starts_on": "2026-02-02", "ends_on": None}
    put = client.put(f"{here}/{member['id']}", json=days).json()
    assert put | days == put
    assert (
        client.put(f"{here}/{member['id']}", json=days | {"ends_on": "2026-07-04"}).json()["id"] == put["id"]
    )
    assert [(each["name"], each["ends_on"]) for each in client.get(here).json()] == [
        ("Anna Keller", "2026-07-04")
    ]
    assert client.put(f"{here}/{uuid4()}", json=days).status_code == 404
    assert client.put(f"{here}/{member['id']}", json=days | {"ends_on": "2026-01-01"}).status_code == 422
