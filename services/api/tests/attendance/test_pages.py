"""The pages: they work as plain HTML, load nothing from elsewhere, and live with a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from adsum_api.access.rights import Role
from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement


def apply(classroom: Any) -> None:
    with classroom.store.begin() as work:
        service.apply(work, classroom.school_id, classroom.lesson_id, Agreement())


def test_the_day_lists_its_lessons_with_counts(classroom: Any, client: TestClient) -> None:
    classroom.track(classroom.student("101"), 1, 29)
    classroom.student("102", "Bea")
    classroom.watched(0, 30)
    apply(classroom)
    page = client.get("/").text
    assert "Wednesday, 11 February 2026" in page
    assert "10:00 – 10:45" in page  # the school's zone
    assert "<b>1</b> present" in page
    assert "<b>1</b> not yet" in page
    assert "Front: watching" in page
    assert "No lesson on this day" in client.get("/", params={"date": "2026-02-12"}).text


def test_the_register_is_a_plain_table_of_everybody(classroom: Any, client: TestClient) -> None:
    classroom.track(classroom.student("9", "Ada <b>"), 1, 29.9)
    classroom.track(classroom.student("10", "Bea"), 12, 20)
    classroom.student("11", "Cy", consent=False)
    apply(classroom)
    page = client.get(f"/lessons/{classroom.lesson_id}").text
    rows = re.findall(r'class="name">(.*?)</th>', page)
    assert rows == ["Ada &lt;b&gt;", "Bea", "Cy"]
    assert "Late · 12 min" in page
    assert '<span class="now">now</span>' in page
    assert "End the lesson" in page


def test_the_register_says_what_a_person_has_to_look_at(classroom: Any, client: TestClient) -> None:
    classroom.track(classroom.student("9", "Ada"), 1, 29.9, review="may_be_a_picture")
    apply(classroom)
    page = client.get(f"/lessons/{classroom.lesson_id}").text
    assert "To review" in page
    assert "may be a picture: please look" in page
    entry = client.get(f"/v1/lessons/{classroom.lesson_id}/register").json()["entries"][0]
    assert (entry["status"], entry["reason"]) == ("pending_review", "may_be_a_picture")


def test_pages_run_no_script_of_their_own_and_load_nothing_from_elsewhere(
    classroom: Any, client: TestClient, stranger: TestClient
) -> None:
    answer = client.get(f"/lessons/{classroom.lesson_id}")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"<script(?! src=\"/static/)|<style|\son\w+=|\sstyle=|https?://", answer.text)
    for name in re.findall(r"/static/[\w.]+", answer.text):
        assert stranger.get(name).status_code == 200
    assert stranger.get("/static/nothing.css").status_code == 404
    assert stranger.get("/").status_code == 401


def test_marking_by_hand_works_without_a_script(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    form = {"student_id": str(ada), "status": "excused"}
    answer = client.post(f"/lessons/{classroom.lesson_id}/marks", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/lessons/{classroom.lesson_id}#s-{ada}"
    assert "by teacher" in client.get(f"/lessons/{classroom.lesson_id}").text
    client.post(f"/lessons/{classroom.lesson_id}/marks", data=form | {"status": "unmarked"})
    assert classroom.statuses(ada) == ["excused", "unmarked"]
    assert "by teacher" not in client.get(f"/lessons/{classroom.lesson_id}").text


def test_a_lesson_is_ended_and_a_roll_begun_from_the_pages(
    classroom: Any, client: TestClient, clock: Any
) -> None:
    assert client.post(f"/lessons/{classroom.lesson_id}/close").status_code == 200
    clock.forward(seconds=20)
    page = client.post("/roll")
    assert page.status_code == 200
    assert "Ad-hoc roll call" in page.text
    assert client.get(f"/lessons/{uuid4()}").status_code == 404


def test_a_browser_sees_the_register_fill_and_marks_by_hand(classroom: Any, page: Any, clock: Any) -> None:
    ada, bea = classroom.student("101", "Ada Lovelace"), classroom.student("102", "Bea")
    clock.now = clock.now.replace(hour=9, minute=10)
    page.get_by_role("link", name="3b").click()
    row = page.locator(f"#s-{ada}")
    assert "Not yet" in row.inner_text()
    page.wait_for_timeout(300)  # until it listens
    classroom.track(ada, 1, 9)
    apply(classroom)
    page.locator(f"#s-{ada}.changed .chip.present").wait_for(timeout=10_000)
    button = page.get_by_role("button", name="Absent: Bea")
    button.focus()
    page.keyboard.press("Enter")
    page.locator(f"#s-{bea} .chip.absent").wait_for(timeout=10_000)
    assert page.evaluate("document.activeElement.dataset.key") == f"{bea}-absent"
    page.get_by_role("button", name="Take back what was said by hand: Bea").click()
    page.locator(f"#s-{bea} .chip.unmarked").wait_for(timeout=10_000)
    page.get_by_role("button", name="End the lesson").click()
    page.locator(".state.closing").wait_for(timeout=10_000)
    assert page.complaints == []


def test_the_pages_fit_a_small_screen(classroom: Any, page: Any) -> None:
    classroom.student("101", "A name that is rather long, as some are, Wolfeschlegelsteinhausenbergerdorff")
    page.set_viewport_size({"width": 360, "height": 640})
    for path in ("/", f"/lessons/{classroom.lesson_id}"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_refresh_after_the_lesson_shows_final_words(classroom: Any, client: TestClient, clock: Any) -> None:
    classroom.student("101")
    classroom.watched()
    clock.forward(minutes=20)
    with classroom.store.begin() as work:
        service.close(work, classroom.school_id, classroom.lesson_id, Agreement(), clock() + timedelta(0))
    page = client.get(f"/lessons/{classroom.lesson_id}").text
    assert "Closed" in page
    assert 'class="chip absent"' in page


@pytest.mark.parametrize(("day", "missing"), [("0001-01-01", "Day before"), ("9999-12-31", "Day after")])
def test_the_calendar_ends_without_an_error(client: TestClient, day: str, missing: str) -> None:
    page = client.get("/", params={"date": day})
    assert page.status_code == 200
    assert missing not in page.text


def test_the_form_of_a_consent_is_one_click_from_where_it_lacks(
    classroom: Any, client: TestClient, signed_in: Any
) -> None:
    assert "consent-texts" not in client.get("/enrol").text, "there is no text yet"
    ada = classroom.student("101")
    for language in ("en", "de"):
        text = {"language": language, "body": "We agree.", "version": 1}
        assert client.post("/v1/consent-texts", json=text).status_code == 201
    lesson = f"/lessons/{classroom.lesson_id}"
    for page, count in (("/enrol", 2), (lesson, 2)):
        links = re.findall(r'href="(/v1/consent-texts/[^"]*)"', client.get(page).text)
        assert len(links) == count
        assert {client.get(link).headers["content-type"] for link in links} == {"application/pdf"}
    staff = signed_in("ada", Role.TEACHER)
    assigned = {"role": "teacher", "starts_on": "2026-01-01"}
    key = client.get("/v1/staff").json()[0]["id"]
    client.put(f"/v1/sections/{classroom.section_id}/staff/{key}", json=assigned)
    shown = staff.get(lesson)
    assert (shown.status_code, "consent-texts" in shown.text) == (200, False)
    assert str(ada) in shown.text
