"""A school's own codes: in marks by hand, in reports, and in what counts as attended."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.codes import USUAL, CodeSet, StatusCode
from adsum_api.attendance.rules import STATUSES
from adsum_api.reports.attendance import rate_of
from adsum_api.school.codes import EXAMPLE
from adsum_store.models import Lesson, Term
from adsum_store.repositories.attended import Tally
from tests.documents import check_page, shell_in

PAGE = Path(__file__).parents[4] / "docs" / "status-codes.md"
TRIP = StatusCode("FT", "Field trip", "excused", "attended")
codes = st.none() | st.sampled_from(["FT", "P", "gone"])


@given(st.sampled_from(STATUSES), codes)
def test_every_mark_counts_as_something_and_what_people_say_has_a_code(status: str, code: str | None) -> None:
    kept = CodeSet((*USUAL, TRIP))
    assert kept.counts_as(status, code) in {"attended", "missed", "neither"}
    if status in {each.status for each in USUAL}:
        assert kept.code_of(status, code)


@pytest.mark.parametrize(
    "wrong", [USUAL[1:], (*USUAL, USUAL[0]), (*USUAL, StatusCode("Q", "Q", "late", "attended", True))]
)
def test_a_set_without_one_usual_code_for_each_status_is_refused(wrong: tuple[StatusCode, ...]) -> None:
    with pytest.raises(ValueError, match=r"usual code|twice"):
        CodeSet(wrong)


def test_the_page_about_codes_is_true(classroom: Any, served: Any, tmp_path: Path) -> None:
    told = {"ADSUM": served.url, "TOKEN": served.token, "LESSON": str(classroom.lesson_id)}
    with shell_in(tmp_path, told | {"STUDENT": str(classroom.student("101"))}) as shell:
        check_page(shell, PAGE)


def test_a_field_trip_counts_as_attended_where_the_school_says_so() -> None:
    tally = Tally((), 4, {"present": 2, "excused": 2}, 0, {("excused", "FT"): 1})
    assert rate_of(tally) == pytest.approx(2 / 4)
    assert rate_of(tally, CodeSet((*USUAL, TRIP))) == pytest.approx(3 / 4)


def test_codes_are_set_marked_with_and_reported(classroom: Any, client: TestClient) -> None:
    ada, bea = classroom.student("101"), classroom.student("102")
    path = "/v1/school/status-codes"
    shown = client.get(path)
    assert [each["code"] for each in shown.json()["codes"]] == ["P", "L", "LE", "A", "E"]
    assert client.put(path, json={"codes": EXAMPLE}).status_code == 428
    tag = {"If-Match": shown.headers["etag"]}
    assert client.put(path, json={"codes": EXAMPLE[:5] + EXAMPLE[:1]}, headers=tag).status_code == 422
    assert client.put(path, json={"codes": EXAMPLE}, headers=tag).status_code == 200
    assert client.put(path, json={"codes": EXAMPLE}, headers=tag).status_code == 412
    marks = f"/v1/lessons/{classroom.lesson_id}/marks"
    said = client.post(marks, json={"student_id": str(ada), "code": "FT"}).json()
    assert (said["status"], said["code"]) == ("excused", "FT")
    client.post(marks, json={"student_id": str(bea), "status": "late", "minutes_late": 3})
    assert client.post(marks, json={"student_id": str(ada), "code": "no"}).json()["code"] == "unknown-code"
    assert (
        client.post(marks, json={"student_id": str(ada), "code": "FT", "status": "late"}).status_code == 422
    )
    report = client.get("/v1/reports/register", params={"from": "2026-02-11", "to": "2026-02-11"}).json()
    told = [(row["number"], row["status"], row["code"]) for row in report["tables"][0]["rows"]]
    assert told == [("101", "excused", "FT"), ("102", "late", "T")]
    assert report["tables"][1]["totals"]["attendance_rate"] == 1


def test_a_report_of_a_term_has_its_days_and_leaves_out_what_was_cancelled(
    classroom: Any, client: TestClient, clock: Any
) -> None:
    ada = classroom.student("101")
    term = Term(
        school_id=classroom.school_id, title="Spring", kind="term", starts_on=clock.now.date(),
        ends_on=clock.now.date() + timedelta(days=60),
    )  # fmt: skip
    cancelled = classroom.lesson(clock.now - timedelta(hours=3), cancelled_at=clock.now)
    classroom.add(term)
    for lesson in (classroom.lesson_id, cancelled):
        client.post(f"/v1/lessons/{lesson}/marks", json={"student_id": str(ada), "status": "present"})
    report = client.get("/v1/reports/attendance", params={"term_id": str(term.id)}).json()
    assert report["facts"]["Term"] == "Spring"
    assert report["tables"][0]["totals"]["entries"] == 1
    unknown = {"term_id": str(classroom.lesson_id)}
    assert client.get("/v1/reports/attendance", params=unknown).status_code == 404


def test_a_register_is_missing_until_somebody_signs_it(
    classroom: Any, client: TestClient, clock: Any
) -> None:
    ada = classroom.student("101")
    assert client.get("/v1/registers/missing").json() == []
    clock.forward(hours=1)
    (missing,) = client.get("/v1/registers/missing").json()
    assert (missing["section"], missing["teachers"]) == ("3b", [])
    assert "3b" in client.get("/registers").text
    assert client.get("/v1/registers/missing", params={"staff_id": str(ada)}).json() == []
    client.post(
        f"/v1/lessons/{classroom.lesson_id}/marks", json={"student_id": str(ada), "status": "present"}
    )
    assert client.post(f"/v1/lessons/{classroom.lesson_id}/finalise", json={}).status_code == 200
    assert client.get("/v1/registers/missing").json() == []
    assert "is signed" in client.get("/registers").text


def test_closing_says_how_early_somebody_left(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    classroom.track(ada, 0, 20)
    classroom.watched()
    with classroom.store.begin() as work:
        now = work.session.get_one(Lesson, classroom.lesson_id).ends_at + timedelta(minutes=1)
        service.close(work, classroom.school_id, classroom.lesson_id, Agreement(), now)
    (entry,) = client.get(f"/v1/lessons/{classroom.lesson_id}/register").json()["entries"]
    assert (entry["status"], entry["minutes_early"]) == ("left_early", 25)
    assert "Left early · 25 min" in client.get(f"/lessons/{classroom.lesson_id}").text


def test_presence_is_told_as_intervals_with_their_evidence(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    first, second = classroom.track(ada, 1, 9), classroom.track(ada, 20, 30)
    classroom.track(classroom.student("102"), 0, 45)
    classroom.watched(0, 36)
    told = client.get(f"/v1/lessons/{classroom.lesson_id}/students/{ada}/presence").json()
    assert [(each["minutes"], each["starts_at"][11:16]) for each in told["intervals"]] == [
        (8, "09:01"), (10, "09:20"),
    ]  # fmt: skip
    assert [each["track_id"] for each in told["tracks"]] == [str(first), str(second)]
    assert (told["minutes"], told["watched_share"]) == (18, 0.8)
    nobody = client.get(f"/v1/lessons/{classroom.lesson_id}/students/{classroom.room_id}/presence")
    assert nobody.status_code == 404
