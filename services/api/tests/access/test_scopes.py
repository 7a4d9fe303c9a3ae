"""A program's scopes: what a route tells and takes besides needs its own scope too."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from adsum_api.access.rights import SCOPES, Right
from adsum_api.main import ROUTERS
from adsum_api.runtime import Runtime
from adsum_store.models import EnrolmentJob, School

NAME = "Xanthippe"
READS_NAMES = {Right.ROSTER_READ, Right.ATTENDANCE_READ}

Program = Callable[..., TestClient]
Ids = dict[str, str]


@pytest.fixture
def program(client: TestClient, stranger: TestClient) -> Program:
    """A program that was granted these scopes and no more."""

    def granted(*scopes: str) -> TestClient:
        made = client.post("/v1/clients", json={"name": str(uuid4()), "scopes": scopes}).json()
        asked = {"client_id": made["id"], "client_secret": made["client_secret"]}
        stranger.headers.pop("Authorization", None)
        told = stranger.post("/oauth/token", data={"grant_type": "client_credentials", **asked}).json()
        stranger.headers["Authorization"] = f"Bearer {told['access_token']}"
        return stranger

    return granted


@pytest.fixture
def ids(client: TestClient, runtime: Runtime, school: School, clock: Any) -> Ids:
    """A student in a lesson of now, and the job of an enrolment."""

    def add(path: str, **fields: Any) -> str:
        return str(client.post(f"/v1/{path}", json=fields).json()["id"])

    student, section = add("students", number="7", name=NAME), add("sections", name="7a")
    client.put(f"/v1/sections/{section}/students/{student}", json={"starts_on": "2026-01-01"})
    times = {"starts_at": clock.now.isoformat(), "ends_at": (clock.now + timedelta(hours=1)).isoformat()}
    lesson = add("lessons", room_id=add("rooms", name="Room 1"), section_id=section, **times)
    client.post(f"/v1/lessons/{lesson}/marks", json={"student_id": student, "status": "present"})
    job = EnrolmentJob(school_id=school.id, student_id=student, source="photos", wanted=1)
    with runtime.store.begin() as work:
        work.session.add(job)
        work.session.flush()
        return {"student_id": student, "section_id": section, "lesson_id": lesson, "job_id": str(job.id)}


def answering() -> list[tuple[str, str]]:
    """What answers with more than it was sent: everything that is read, and every page."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    each = [(method, route.path) for route in routes for method in route.methods or ()]
    return [(method, path) for method, path in each if method == "GET" or not path.startswith("/v1/")]


@pytest.mark.parametrize("scope", sorted(SCOPES - READS_NAMES))
def test_who_may_read_no_names_reads_none(program: Program, ids: Ids, scope: str) -> None:
    caller = program(scope)
    for method, path in answering():
        here = re.sub(r"{(\w+)}", lambda part: ids.get(part[1]) or str(uuid4()), path)
        form = {"data": ids | {"status": "late", "number": "none"}} if method == "POST" else {}
        assert NAME not in caller.request(method, here, **form).text, f"{method} {path}"


@pytest.mark.parametrize(
    ("scopes", "method", "path", "lacking"),
    [
        (["roster:write"], "DELETE", "/v1/students/{student_id}", "consent:write"),
        (["roster:write"], "POST", "/v1/students/{student_id}/erasure", "consent:write"),
        (
            ["consent:write", "roster:read", "roster:write"],
            "POST",
            "/v1/students/{student_id}/subject-access",
            "attendance:read",
        ),
    ],
)
def test_what_takes_or_tells_everything_of_a_student_needs_a_scope_for_each_part(
    program: Program, ids: Ids, scopes: list[str], method: str, path: str, lacking: str
) -> None:
    headers = {"Idempotency-Key": "1"}
    refused = program(*scopes).request(method, path.format(**ids), headers=headers)
    assert (refused.status_code, lacking in refused.text) == (403, True)
    done = program(*scopes, lacking).request(method, path.format(**ids), headers=headers)
    assert done.is_success, done.text


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        ({"name": "Another"}, None),
        ({"known_elsewhere": "off"}, None),
        ({"allow_attested_consent": True}, "consent:write"),
        ({"keep_enrolment_crops": False}, "consent:write"),
        ({"consent_rule": "every_parent"}, "consent:write"),
        ({"jurisdiction": "unspecified", "dpia_reference": "made up"}, "consent:write"),
    ],
)
def test_what_consents_mean_is_not_changed_with_the_school_alone(
    program: Program, client: TestClient, change: dict[str, Any], lacking: str | None
) -> None:
    before, headers = client.get("/v1/school").json(), {"If-Match": "*"}
    answer = program("school:write").patch("/v1/school", json=change, headers=headers)
    assert answer.status_code == (200 if lacking is None else 403), answer.text
    if lacking is not None:
        assert lacking in answer.text
        assert client.get("/v1/school").json() == before
        answer = program("school:write", lacking).patch("/v1/school", json=change, headers=headers)
        assert answer.status_code == 200, answer.text


def test_a_timetable_adds_no_rooms_without_the_schools_scope(program: Program, client: TestClient) -> None:
    client.post("/v1/sections", json={"name": "7a"})
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", "UID:1", "SUMMARY:7a",
        "DTSTAMP:20260101T000000Z", "DTSTART:20260212T090000Z", "DTEND:20260212T094500Z", "LOCATION:Cellar",
        "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip

    def rooms_after(caller: TestClient) -> tuple[int, list[str]]:
        answer = caller.post(
            "/v1/imports/ics", params={"add_rooms": True}, files={"file": "\r\n".join(lines)},
            headers={"Idempotency-Key": str(uuid4())},
        )  # fmt: skip
        return answer.status_code, [room["name"] for room in client.get("/v1/rooms").json()]

    assert rooms_after(program("roster:write")) == (403, [])
    assert rooms_after(program("roster:write", "school:write")) == (200, ["Cellar"])
