"""A register is signed, opened again, and changed only while it may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.window import CorrectionWindow

times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(["Europe/Zurich", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])


@given(times, st.integers(0, 60), zones)
def test_a_teachers_window_ends_with_a_day_of_the_schools_calendar(
    at: datetime, days: int, zone: str
) -> None:
    window = CorrectionWindow(days, ZoneInfo(zone))
    end = datetime.combine(window.last_day(at) + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    last, first_after = end.astimezone(UTC) - timedelta(seconds=1), end.astimezone(UTC)
    assert window.is_open(at, last, "teacher")
    assert not window.is_open(at, first_after, "teacher")
    assert window.is_open(at, first_after, "office")


def post(client: TestClient, classroom: Any, act: str, **body: Any) -> Any:
    return client.post(f"/v1/lessons/{classroom.lesson_id}/{act}", json=body)


def say(client: TestClient, classroom: Any, student: Any, status: str, **more: Any) -> Any:
    return post(client, classroom, "marks", student_id=str(student), status=status, **more)


def apply(classroom: Any) -> None:
    with classroom.store.begin() as work:
        service.apply(work, classroom.school_id, classroom.lesson_id, Agreement())


def status_of(classroom: Any, student: Any) -> str:
    entry = classroom.entry(student)
    return "unmarked" if entry is None else str(entry.status)


def test_a_register_is_finalised_once_everybody_has_a_word(classroom: Any, client: TestClient) -> None:
    ada, bea = classroom.student("101"), classroom.student("102")
    classroom.track(ada, 1, 9)
    refused = post(client, classroom, "finalise")
    assert (refused.status_code, refused.json()["code"]) == (409, "register-incomplete")
    say(client, classroom, bea, "absent")
    signed = post(client, classroom, "finalise", actor="Ms Keller")
    assert (signed.status_code, signed.json()["finalised_by"]) == (200, "Ms Keller")
    assert post(client, classroom, "finalise", actor="Mr Frei").json() == signed.json()
    locked = say(client, classroom, bea, "present")
    assert (locked.status_code, locked.json()["code"]) == (409, "register-finalised")
    assert post(client, classroom, "reopen").status_code == 422
    assert post(client, classroom, "reopen", reason="a mistake").json()["finalised_at"] is None
    assert post(client, classroom, "reopen", reason="again").json()["code"] == "register-not-finalised"
    assert say(client, classroom, bea, "left_early", minutes_early=7).json()["minutes_early"] == 7
    acts = client.get(f"/v1/lessons/{classroom.lesson_id}/signings").json()
    assert [(each["act"], each["actor"], each["reason"]) for each in acts] == [
        ("finalised", "Ms Keller", None), ("reopened", "operator", "a mistake"),
    ]  # fmt: skip


def test_what_a_camera_sees_after_signing_goes_to_review(classroom: Any, client: TestClient) -> None:
    ada, bea = classroom.student("101"), classroom.student("102")
    track = classroom.track(ada, 0, 9)
    say(client, classroom, bea, "absent")
    post(client, classroom, "finalise")
    classroom.track(ada, 0, 20, track)
    classroom.track(bea, 12, 20)
    apply(classroom)
    assert classroom.statuses(ada) == ["present"]
    assert classroom.statuses(bea) == ["absent", "pending_review"]
    assert (status_of(classroom, ada), status_of(classroom, bea)) == ("present", "absent")
    assert classroom.entry(ada).minutes_present == 20


def test_after_the_window_only_the_office_changes_a_register(
    classroom: Any, client: TestClient, clock: Any
) -> None:
    ada = classroom.student("101")
    clock.forward(days=14)
    assert say(client, classroom, ada, "present").status_code == 201
    clock.forward(days=1)
    refused = say(client, classroom, ada, "absent")
    assert (refused.status_code, refused.json()["code"]) == (403, "correction-window-over")
    assert "2026-02-25" in refused.json()["detail"]
    assert post(client, classroom, "finalise").status_code == 403
    assert say(client, classroom, ada, "absent", source="office").status_code == 201
    assert post(client, classroom, "finalise", source="office").status_code == 200
    assert post(client, classroom, "reopen", reason="x").status_code == 403


def test_a_lesson_that_was_not_held_has_no_register(classroom: Any, client: TestClient, clock: Any) -> None:
    clock.forward(hours=-2)
    assert post(client, classroom, "finalise").json()["code"] == "nothing-to-finalise"
