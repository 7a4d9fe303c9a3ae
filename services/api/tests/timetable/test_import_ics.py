"""A calendar becomes lessons; again it changes nothing; another one moves what has not begun."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.runtime import Runtime
from adsum_api.timetable.tasks import make_for_all
from adsum_store.models import Lesson, Room, School, Section
from adsum_store.sealing import new_secret_key

NOON = "DTSTART;TZID=Europe/Zurich:20260211T120000\nDTEND;TZID=Europe/Zurich:20260211T124500"
IMPORT = "/v1/imports/ics"


def event(uid: str, said: str = "SUMMARY:4b\nLOCATION:Room 1", when: str = NOON, rule: str = "WEEKLY") -> str:
    repeats = f"RRULE:FREQ={rule}\n" if rule else ""
    return f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\nUID:{uid}\n{when}\n{repeats}{said}\nEND:VEVENT\n"


@pytest.fixture
def place(runtime: Runtime, school: School) -> None:
    """Two rooms and two sections, of which 4a has a usual room."""
    with runtime.store.begin() as work:
        rooms = [Room(school_id=school.id, name=name) for name in ("Room 1", "Room 2")]
        work.session.add_all(rooms)
        work.session.flush()
        work.session.add(Section(school_id=school.id, name="4a", room_id=rooms[1].id, late_after_s=60))
        work.session.add(Section(school_id=school.id, name="4b", code="MATH-4B"))


def send(client: TestClient, *events: str, **params: Any) -> dict[str, Any]:
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{''.join(events)}END:VCALENDAR\n"
    answer = client.post(IMPORT, files={"file": ("t.ics", text.replace("\n", "\r\n"))}, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def did(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["added"], report["moved"], report["cancelled"], report["unchanged"]


def shown(client: TestClient, day: str) -> list[tuple[str, str, str, str]]:
    lessons = client.get("/v1/lessons", params={"date": day}).json()
    return [(each["section"], each["room"], each["starts_at"][11:16], each["state"]) for each in lessons]


pytestmark = pytest.mark.usefixtures("place")


def test_lessons_are_made_weeks_ahead_and_again_changes_nothing(client: TestClient) -> None:
    assert did(send(client, event("1"))) == (4, 0, 0, 0)
    assert shown(client, "2026-02-18") == [("4b", "Room 1", "11:00", "scheduled")]
    assert did(send(client, event("1"))) == (0, 0, 0, 4)
    assert did(send(client, event("1"), weeks=6)) == (2, 0, 0, 4)
    assert [each["weeks_ahead"] for each in client.get("/v1/calendars").json()] == [6]


def test_a_dry_run_keeps_nothing(client: TestClient) -> None:
    assert did(send(client, event("1"), dry_run=True)) == (4, 0, 0, 0)
    assert (client.get("/v1/calendars").json(), shown(client, "2026-02-11")) == ([], [])


def test_as_the_weeks_go_on_lessons_follow(client: TestClient, runtime: Runtime, clock: Any) -> None:
    send(client, event("1"))
    clock.forward(days=7)
    make_for_all(runtime)
    make_for_all(runtime)
    assert shown(client, "2026-03-11") == [("4b", "Room 1", "11:00", "scheduled")]
    with runtime.store.begin() as work:
        assert len(work.session.scalars(select(Lesson)).all()) == 5


def test_a_changed_calendar_moves_what_has_not_begun_alone(client: TestClient, clock: Any) -> None:
    send(client, event("1"))
    (first,) = client.get("/v1/lessons", params={"date": "2026-02-11"}).json()
    (second,) = client.get("/v1/lessons", params={"date": "2026-02-18"}).json()
    clock.now = datetime(2026, 2, 11, 11, 10, tzinfo=UTC)
    later = event("1", when=NOON.replace("T12", "T14"))
    assert did(send(client, later)) == (0, 3, 0, 1)
    assert client.get(f"/v1/lessons/{first['id']}").json()["starts_at"] == first["starts_at"], "it runs"
    moved = client.get(f"/v1/lessons/{second['id']}").json()
    assert moved["starts_at"] == "2026-02-18T13:00:00Z", "the same lesson, so what hangs on it comes along"
    assert did(send(client, later)) == (0, 0, 0, 4)


def test_a_substitute_room_is_an_exception_of_one_day(client: TestClient) -> None:
    elsewhere = event(
        "1\nRECURRENCE-ID:20260218T110000Z", "SUMMARY:4b\nLOCATION:Room 2", NOON.replace("0211", "0218"), ""
    )
    send(client, event("1"), elsewhere)
    assert shown(client, "2026-02-18") == [("4b", "Room 2", "11:00", "scheduled")]
    assert shown(client, "2026-02-25") == [("4b", "Room 1", "11:00", "scheduled")]


def test_what_the_calendar_no_longer_has_is_cancelled_and_may_come_back(client: TestClient) -> None:
    send(client, event("1"))
    assert did(send(client)) == (0, 0, 4, 0)
    assert shown(client, "2026-02-18") == [("4b", "Room 1", "11:00", "cancelled")]
    other = {"starts_at": "2026-02-18T11:00:00Z", "ends_at": "2026-02-18T11:30:00Z"}
    room = next(each["id"] for each in client.get("/v1/rooms").json() if each["name"] == "Room 1")
    assert client.post("/v1/lessons", json={"room_id": room, **other}).status_code == 201, "its room is free"
    back = send(client, event("1"))
    assert (did(back), [each["reason"] for each in back["refused"]]) == (
        (0, 3, 0, 0), ["another lesson is held in its room at that time"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("holiday", "params"),
    [
        ("SUMMARY:Winter break", {"calendar": "holidays", "holidays": True}),
        ("SUMMARY:Winter break\nCATEGORIES:Holiday", {"calendar": "events"}),
        ("X-ADSUM-HOLIDAY:TRUE", {"calendar": "events"}),
    ],
)
def test_holidays_cancel_lessons_from_whatever_calendar_they_come(
    client: TestClient, holiday: str, params: dict[str, Any]
) -> None:
    send(client, event("1"))
    days = "DTSTART;VALUE=DATE:20260214\nDTEND;VALUE=DATE:20260221"
    report = send(client, event("h", holiday, days, ""), **params)
    assert (did(report), report["holidays"]) == ((0, 0, 1, 3), 1)
    assert shown(client, "2026-02-18") == [("4b", "Room 1", "11:00", "cancelled")]
    assert did(send(client, **params)) == (0, 1, 0, 3), "a holiday that is none after all"


def test_another_day_long_event_is_passed_over(client: TestClient) -> None:
    trip = event("t", "SUMMARY:4b trip", "DTSTART;VALUE=DATE:20260218", "")
    report = send(client, event("1"), trip)
    assert (did(report), report["passed_over"], report["refused"]) == ((4, 0, 0, 0), 1, [])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("SUMMARY:math-4b\nLOCATION:room  1", ("4b", "Room 1")),
        ("X-ADSUM-SECTION:4b\nSUMMARY:Double period\nLOCATION:Room 2", ("4b", "Room 2")),
        ("CATEGORIES:Lesson,4b\nSUMMARY:Mathematics\nLOCATION:Room 2", ("4b", "Room 2")),
        ("SUMMARY:4a", ("4a", "Room 2")),
    ],
)
def test_events_name_sections_and_rooms_by_what_they_are_called(
    client: TestClient, said: str, expected: tuple[str, str]
) -> None:
    send(client, event("1", said))
    assert [each[:2] for each in shown(client, "2026-02-11")] == [expected]


def test_which_property_names_a_section_can_be_chosen(client: TestClient) -> None:
    said = "SUMMARY:4a\nDESCRIPTION:4b\nLOCATION:Room 1"
    send(client, event("1", said), section_property=["DESCRIPTION"])
    assert [each[0] for each in shown(client, "2026-02-11")] == ["4b"]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("SUMMARY:5c\nLOCATION:Room 1", "names no section: '5c' is not"),
        ("SUMMARY:4b", "names no room, and its section has no usual one"),
        ("SUMMARY:4b\nLOCATION:Cellar", "there is no room 'Cellar'"),
    ],
)
def test_an_event_that_makes_no_lesson_is_told_once(client: TestClient, said: str, says: str) -> None:
    report = send(client, event("1"), event("2", said, NOON.replace("T12", "T15")))
    (refused,) = report["refused"]
    assert (did(report), refused["uid"], refused["times"]) == ((4, 0, 0, 0), "2", 4)
    assert says in refused["reason"]


def test_rooms_are_added_where_that_is_asked_for(client: TestClient) -> None:
    report = send(client, event("1", "SUMMARY:4b\nLOCATION:Cellar"), add_rooms=True)
    assert (did(report), report["rooms_added"]) == ((4, 0, 0, 0), ["Cellar"])


def test_two_sections_at_one_time_in_one_room_are_taught_together(client: TestClient) -> None:
    sections = {each["name"]: each["id"] for each in client.get("/v1/sections").json()}
    for section in ("4a", "4b"):
        student = client.post("/v1/students", json={"number": section, "name": f"Student {section}"}).json()
        days = {"starts_on": "2026-02-01"}
        client.put(f"/v1/sections/{sections[section]}/students/{student['id']}", json=days)
    both = event("1", "SUMMARY:4a\nLOCATION:Room 1"), event("2")
    assert did(send(client, *both)) == (4, 0, 0, 0)
    (lesson,) = client.get("/v1/lessons", params={"date": "2026-02-11"}).json()
    assert (lesson["section"], lesson["late_after_s"]) == ("4a + 4b", 60)
    register = client.get(lesson["links"]["register"]).json()
    assert json.dumps(register).count('"number"') == 2
    assert did(send(client, *both)) == (0, 0, 0, 4)
    later = client.post("/v1/students", json={"number": "x", "name": "Student x"}).json()["id"]
    client.put(f"/v1/sections/{sections['4b']}/students/{later}", json={"starts_on": "2026-02-02"})
    whole = f"/v1/sections/{lesson['section_id']}/students"
    assert [each["number"] for each in client.get(whole).json()] == ["4a", "4b", "x"]
    assert did(send(client, event("2"))) == (4, 0, 4, 0), "the lesson went by the first event"
    refused = client.put(f"{whole}/{later}", json={"starts_on": "2026-02-02"})
    assert (refused.status_code, refused.json()["code"]) == (409, "section-merged")


def test_a_lesson_that_shares_only_a_part_of_its_time_is_refused(client: TestClient) -> None:
    half = event("2", "SUMMARY:4a\nLOCATION:Room 1", NOON.replace("T1200", "T1230").replace("T1245", "T1315"))
    report = send(client, event("1"), half)
    assert (did(report), [each["uid"] for each in report["refused"]]) == ((4, 0, 0, 0), ["2"])


def test_cameras_are_told(client: TestClient, commands: Any) -> None:
    room = next(each["id"] for each in client.get("/v1/rooms").json() if each["name"] == "Room 1")
    client.post("/v1/cameras", json={"name": "Front", "room_id": room})
    send(client, event("1"))
    assert [len(command.lessons) for _, _, command in commands.sent] == [1]


@pytest.mark.parametrize("params", [{"weeks": 0}, {"section_property": "A B"}, {"calendar": " "}, {"x": 1}])
def test_a_wish_that_cannot_be_is_refused(client: TestClient, params: dict[str, Any]) -> None:
    assert client.post(IMPORT, files={"file": ("t.ics", b"")}, params=params).status_code == 422


def test_what_is_no_calendar_is_a_problem(client: TestClient) -> None:
    refused = client.post(IMPORT, files={"file": ("t.ics", b"hello")})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-calendar")


def test_the_command_makes_lessons_too(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str, ingress_url: str,
    broker_url: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("ADSUM_DATABASE_URL", database_url)
    monkeypatch.setenv("ADSUM_INGRESS_URL", ingress_url)
    monkeypatch.setenv("ADSUM_BROKER_URL", broker_url)
    monkeypatch.setenv("ADSUM_SECRET_KEY", new_secret_key())
    place = tmp_path / "t.ics"
    when = NOON.replace("2026", "2099")
    place.write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:t\n{event('1', when=when)}END:VCALENDAR\n")
    done = CliRunner().invoke(app, ["import", "ics", str(place), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["added"]) == (0, 0), "nothing is due in these weeks"
    place.write_text("no calendar")
    assert "no iCalendar file" in str(CliRunner().invoke(app, ["import", "ics", str(place)]).exception)
