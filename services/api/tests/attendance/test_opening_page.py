"""A lesson opened from the page: by form alone, and in a browser."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from adsum_api.access.rights import Role
from adsum_store.models import Room, Section


@pytest.fixture
def yard(classroom: Any) -> UUID:
    """A room where nothing is on."""
    room_id = uuid4()
    classroom.add(Room(id=room_id, school_id=classroom.school_id, name="The yard"))
    return room_id


def sent(client: TestClient, **form: Any) -> Any:
    return client.post("/open", data={key: str(value) for key, value in form.items()}, follow_redirects=False)


def test_a_lesson_begins_now_and_its_register_is_shown(
    classroom: Any, client: TestClient, yard: UUID, clock: Any
) -> None:
    answer = sent(client, section=classroom.section_id, room_id=yard, minutes=30)
    assert answer.status_code == 303
    lesson = client.get(f"/v1{answer.headers['location']}").json()
    assert (lesson["section_id"], lesson["state"]) == (str(classroom.section_id), "running")
    ends = (clock.now + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    assert lesson["ends_at"] == ends
    again = sent(client, section=classroom.section_id, room_id=yard, minutes=30)
    assert again.headers["location"] == answer.headers["location"], "a form sent twice opens one lesson"


def test_a_lesson_of_everybody_needs_no_section(client: TestClient, yard: UUID) -> None:
    answer = sent(client, section="everybody", room_id=yard)
    assert client.get(f"/v1{answer.headers['location']}").json()["section_id"] is None


def test_the_form_says_what_is_wrong_and_keeps_what_was_chosen(
    classroom: Any, client: TestClient, yard: UUID
) -> None:
    assert yard
    answer = sent(client, section="everybody", room_id=classroom.room_id, minutes=17)
    assert answer.status_code == 409
    assert "Room 1 is taken by 3b from 10:00 to 10:45" in answer.text  # the school's zone
    assert re.findall(r'value="([^"]*)" selected', answer.text) == ["everybody", str(classroom.room_id)]
    assert 'value="17"' in answer.text
    assert sent(client, section="nonsense", room_id=classroom.room_id).status_code == 422


def test_a_teacher_opens_their_own_sections_alone(
    classroom: Any, client: TestClient, signed_in: Any, yard: UUID
) -> None:
    theirs = client.post("/v1/sections", json={"name": "Theirs"}).json()["id"]
    teacher = signed_in("ada", Role.TEACHER)
    assert "You teach no section today" in teacher.get("/open").text
    staff = client.get("/v1/staff").json()[0]["id"]
    assigned = {"role": "teacher", "starts_on": "2026-01-01"}
    client.put(f"/v1/sections/{classroom.section_id}/staff/{staff}", json=assigned)
    page, day = teacher.get("/open").text, teacher.get("/").text
    assert (">3b<" in page, "Theirs" in page, "Everybody" in page) == (True, False, False)
    assert ("Open a lesson" in day, "Take the roll now" in day) == (True, False)
    for section in (theirs, "everybody"):
        refused = sent(teacher, section=section, room_id=yard)
        assert refused.status_code in {404, 422}
        assert "The lesson was not opened" in refused.text
        assert ("Theirs" in refused.text, f"no section {theirs}" in refused.text) == (False, False)
    assert sent(teacher, section=classroom.section_id, room_id=yard).status_code == 303


def test_what_a_teacher_taught_before_is_offered_no_more(
    classroom: Any, client: TestClient, signed_in: Any
) -> None:
    teacher = signed_in("ada", Role.TEACHER)
    staff = client.get("/v1/staff").json()[0]["id"]
    assigned = {"role": "teacher", "starts_on": "2026-01-01", "ends_on": "2026-02-10"}
    client.put(f"/v1/sections/{classroom.section_id}/staff/{staff}", json=assigned)
    assert "You teach no section today" in teacher.get("/open").text


def test_a_section_that_ended_has_no_more_lessons(classroom: Any, client: TestClient, yard: UUID) -> None:
    with classroom.store.begin() as work:
        work.session.get_one(Section, classroom.section_id).removed_on = date(2026, 2, 11)
    assert ">3b<" not in client.get("/open").text
    refused = sent(client, section=classroom.section_id, room_id=yard)
    assert (refused.status_code, "3b ended on 2026-02-11" in refused.text) == (422, True)
    lesson = {"section_id": str(classroom.section_id), "room_id": str(yard)}
    times = {"starts_at": "2026-02-11T09:30:00Z", "ends_at": "2026-02-11T10:00:00Z"}
    assert client.post("/v1/lessons", json=lesson | times).json()["code"] == "section-ended"
    before = {"starts_at": "2026-02-10T09:30:00Z", "ends_at": "2026-02-10T10:00:00Z"}
    assert client.post("/v1/lessons", json=lesson | before).status_code == 201


def test_an_auditor_is_offered_nothing(classroom: Any, signed_in: Any) -> None:
    assert classroom.lesson_id
    auditor = signed_in("eve", Role.AUDITOR)
    assert "Open a lesson" not in auditor.get("/").text
    assert auditor.get("/open").status_code == 403


def test_a_browser_opens_a_lesson_by_keyboard_on_a_small_screen(
    classroom: Any, page: Any, yard: UUID
) -> None:
    classroom.student("101", "Ada Lovelace")
    page.set_viewport_size({"width": 360, "height": 640})
    page.get_by_role("link", name="Open a lesson").click()
    page.locator("#section:focus").wait_for(timeout=10_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Room").select_option(label="The yard")
    page.get_by_label("Minutes").press("Enter")
    page.get_by_role("heading", name="3b").wait_for(timeout=10_000)
    page.get_by_text("Ada Lovelace").wait_for(timeout=10_000)
    assert str(yard) not in page.url
    assert page.complaints == []
