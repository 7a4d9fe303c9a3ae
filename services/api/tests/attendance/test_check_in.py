"""Check-in by a rotating code: once a lesson, beneath every person's word, and only with what is good now."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.attendance.rotating import STEP, DeviceLink, code_at, is_good, link_in, signed_link

KEY, OTHER = b"k" * 32, b"o" * 32
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)


@given(moments, st.uuids(), st.integers(0, 29), st.uuids())
def test_a_code_is_good_for_its_half_minute_and_the_next(
    at: datetime, lesson: Any, more: int, other: Any
) -> None:
    shown = code_at(KEY, lesson, at)
    assert at < shown.shown_until <= at + STEP
    last = shown.shown_until + timedelta(seconds=more)
    assert is_good(KEY, lesson, f" {shown.code.lower()} ", at)
    assert is_good(KEY, lesson, shown.code, last)
    assert not is_good(OTHER, lesson, shown.code, at)
    assert code_at(KEY, lesson, at - timedelta(seconds=30)).code != shown.code
    assert other == lesson or not is_good(KEY, other, shown.code, at)


@given(moments, st.uuids(), st.integers(0, 23), st.integers(1, 255))
def test_a_link_is_whole_signed_and_not_over(at: datetime, student: Any, place: int, flip: int) -> None:
    at = at.replace(microsecond=0)
    text = signed_link(KEY, DeviceLink(student, at))
    assert link_in(KEY, text, at - timedelta(seconds=1)) == DeviceLink(student, at)
    assert link_in(KEY, text, at) is None
    assert link_in(OTHER, text, at - timedelta(seconds=1)) is None
    raw = bytearray(urlsafe_b64decode(text))
    raw[place] ^= flip
    forged = urlsafe_b64encode(bytes(raw)).decode()
    assert link_in(KEY, forged, at - timedelta(seconds=1)) is None


@pytest.mark.parametrize("text", ["", "a", "é", "====", "A" * 100])
def test_what_is_no_link_is_none(text: str) -> None:
    assert link_in(KEY, text, NINE) is None


def link_of(client: TestClient, student: Any) -> str:
    answer = client.post(f"/v1/students/{student}/check-in-links", json={})
    assert answer.status_code == 201
    return str(answer.json()["link"])


def shown(client: TestClient, classroom: Any) -> str:
    return str(client.get(f"/v1/lessons/{classroom.lesson_id}/check-in-code").json()["code"])


def check_in(client: TestClient, classroom: Any, code: str, link: str) -> Any:
    return client.post(f"/v1/lessons/{classroom.lesson_id}/check-in", json={"code": code, "link": link})


def test_a_student_checks_in_once_and_a_person_outweighs_it(
    classroom: Any, client: TestClient, clock: Any
) -> None:
    ada = classroom.student("101", consent=False)
    link = link_of(client, ada)
    clock.now = NINE + timedelta(minutes=7)
    first = check_in(client, classroom, shown(client, classroom), link).json()
    assert (first["status"], first["minutes_late"], first["source"]) == ("late", 7, "qr")
    clock.forward(minutes=5)
    assert check_in(client, classroom, shown(client, classroom), link).json()["id"] == first["id"]
    assert "by QR check-in" in client.get(f"/lessons/{classroom.lesson_id}").text
    body = {"student_id": str(ada), "status": "absent"}
    client.post(f"/v1/lessons/{classroom.lesson_id}/marks", json=body)
    check_in(client, classroom, shown(client, classroom), link)
    assert classroom.entry(ada).status == "absent"


def test_what_is_not_good_now_is_refused(classroom: Any, client: TestClient, clock: Any) -> None:
    ada, stranger = classroom.student("101"), classroom.student("102", member=False)
    link, code = link_of(client, ada), shown(client, classroom)
    assert check_in(client, classroom, code, link_of(client, stranger)).json()["code"] == "not-expected"
    assert check_in(client, classroom, code, "forged").json()["code"] == "link-not-good"
    clock.forward(seconds=61)
    assert check_in(client, classroom, code, link).json()["code"] == "code-not-good"
    clock.forward(hours=2)
    assert check_in(client, classroom, shown(client, classroom), link).json()["code"] == "not-running"
    clock.forward(hours=11)
    assert check_in(client, classroom, shown(client, classroom), link).json()["code"] == "link-not-good"
    assert client.post(f"/v1/students/{uuid4()}/check-in-links", json={}).status_code == 404


def test_who_was_not_to_come_goes_to_review(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    day = {"starts_on": "2026-02-11", "ends_on": "2026-02-11"}
    client.post("/v1/absences", json={"student_id": str(ada), "kind": "family", "told_by": "mother"} | day)
    check_in(client, classroom, shown(client, classroom), link_of(client, ada))
    assert classroom.entry(ada).status == "pending_review"
    (item,) = client.get(f"/v1/lessons/{classroom.lesson_id}/review").json()["items"]
    assert (item["kind"], item["suggested"]) == ("planned_absence", "late")


def test_a_device_checks_in_from_the_board_without_a_script(
    classroom: Any, client: TestClient, stranger: TestClient
) -> None:
    ada = classroom.student("101", consent=False)
    assert "<svg" in client.get(f"/lessons/{classroom.lesson_id}/board").text
    scanned = client.get(f"/v1/lessons/{classroom.lesson_id}/check-in-code").json()
    form = {"lesson": str(classroom.lesson_id), "code": scanned["code"]}
    assert "I am here" in stranger.get(scanned["page"]).text
    assert stranger.post("/check-in", data=form).status_code == 403
    assert stranger.get("/check-in/device?link=forged").status_code == 403
    set_up = stranger.get(f"/check-in/device?link={link_of(client, ada)}")
    assert set_up.status_code == 200
    cookie = {"Cookie": set_up.headers["set-cookie"].split(";")[0]}  # its end is past by the real clock
    assert "You are checked in" in stranger.post("/check-in", data=form, headers=cookie).text
    assert classroom.entry(ada).source == "qr"
    assert stranger.get("/v1/students").status_code == 401
