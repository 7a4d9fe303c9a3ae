"""Sections, and who belongs to them on which day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from adsum_api.runtime import Runtime


def add_section(client: TestClient, name: str = "4b") -> str:
    answer = client.post("/v1/sections", json={"name": name})
    assert answer.status_code == 201
    return str(answer.json()["id"])


def add_student(client: TestClient, number: str) -> str:
    return str(client.post("/v1/students", json={"number": number, "name": f"Student {number}"}).json()["id"])


def put(client: TestClient, section: str, student: str, starts_on: str, ends_on: str | None = None) -> int:
    body = {"starts_on": starts_on, "ends_on": ends_on}
    return client.put(f"/v1/sections/{section}/students/{student}", json=body).status_code


def on_roster(client: TestClient, section: str, day: str | None = None) -> list[str]:
    answer = client.get(f"/v1/sections/{section}/students", params={"on": day} if day else {})
    return [each["number"] for each in answer.json()]


def test_sections_are_listed_by_name_and_named_once(client: TestClient) -> None:
    add_section(client, "4b")
    add_section(client, "4a")
    shown = client.get("/v1/sections").json()
    assert [(each["name"], each["late_after_s"]) for each in shown] == [("4a", 300), ("4b", 300)]
    assert client.post("/v1/sections", json={"name": "4a"}).status_code == 409
    assert client.post("/v1/sections", json={"name": "4c", "late_after_s": -1}).status_code == 422


def test_the_roster_is_that_of_the_day_both_ends_included(client: TestClient) -> None:
    section, ada, bea = add_section(client), add_student(client, "2"), add_student(client, "1")
    put(client, section, ada, "2026-02-01", "2026-02-11")
    put(client, section, bea, "2026-02-11")
    assert on_roster(client, section, "2026-01-31") == []
    assert on_roster(client, section, "2026-02-01") == ["2"]
    assert on_roster(client, section, "2026-02-11") == ["1", "2"]
    assert on_roster(client, section, "2026-02-12") == ["1"]


def test_today_is_the_schools_day(client: TestClient, clock: Any) -> None:
    section, ada = add_section(client), add_student(client, "1")
    put(client, section, ada, "2026-02-12")
    assert on_roster(client, section) == []
    clock.now = datetime(2026, 2, 11, 23, 30, tzinfo=UTC)
    assert on_roster(client, section) == ["1"], "it is past midnight in Zurich"


def test_the_same_first_day_again_moves_the_last(client: TestClient) -> None:
    section, ada = add_section(client), add_student(client, "1")
    assert put(client, section, ada, "2026-02-01") == 200
    assert put(client, section, ada, "2026-02-01", "2026-02-10") == 200
    assert on_roster(client, section, "2026-02-11") == []
    assert put(client, section, ada, "2026-02-11") == 200, "whoever left may come back"


@pytest.mark.parametrize(("starts_on", "ends_on"), [("2026-01-01", None), ("2026-02-10", "2026-02-12")])
def test_days_that_overlap_are_refused(client: TestClient, starts_on: str, ends_on: str | None) -> None:
    section, ada = add_section(client), add_student(client, "1")
    put(client, section, ada, "2026-02-01", "2026-02-10")
    assert put(client, section, ada, starts_on, ends_on) == 409


def test_an_end_before_the_start_is_refused(client: TestClient) -> None:
    section, ada = add_section(client), add_student(client, "1")
    assert put(client, section, ada, "2026-02-01", "2026-01-01") == 422


def test_unknown_sections_and_students_are_not_found(client: TestClient, runtime: Runtime) -> None:
    section, ada = add_section(client), add_student(client, "1")
    assert put(client, str(uuid4()), ada, "2026-02-01") == 404
    assert put(client, section, str(uuid4()), "2026-02-01") == 404
    assert client.get(f"/v1/sections/{uuid4()}/students").status_code == 404
