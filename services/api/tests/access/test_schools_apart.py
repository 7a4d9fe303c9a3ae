"""Two schools in one record: with another school's ids every endpoint finds nothing, and tells nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from adsum_api.access.rights import Role
from adsum_api.main import ROUTERS
from adsum_api.runtime import Runtime
from adsum_store.models import EnrolmentJob, School

DAYS = {"starts_on": "2026-01-01"}
SECRET = "Xanthippe"
"""In the name of everything that the other school has."""

NEED_MORE = frozenset({"/check-in", "/check-in/device"})
"""What a device opens by a whole address of ours; it says nothing before it knows the device."""

Ids = dict[str, str]


@pytest.fixture
def theirs(client: TestClient, runtime: Runtime, school: School, clock: Any) -> Ids:
    """One of everything at the first school, by the name of its path parameter."""

    def add(path: str, **fields: Any) -> str:
        answer = client.post(f"/v1/{path}", json=fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    ids = {"room_id": add("rooms", name=f"{SECRET} room"), "course_id": add("courses", title=SECRET)}
    ids["building_id"] = add("buildings", name=SECRET)
    ids["term_id"] = add("terms", title=SECRET, kind="term", **DAYS, ends_on="2026-06-30")
    ids["staff_id"] = add("staff", name=SECRET)
    ids["camera_id"] = add("cameras", name=SECRET, room_id=ids["room_id"])
    ids["section_id"] = add("sections", name=SECRET)
    ids["student_id"] = add("students", number=SECRET, name=SECRET)
    times = {"starts_at": clock.now.isoformat(), "ends_at": (clock.now + timedelta(hours=1)).isoformat()}
    ids["lesson_id"] = add("lessons", room_id=ids["room_id"], section_id=ids["section_id"], **times)
    absence = {"kind": "family", "told_by": SECRET, **DAYS, "ends_on": "2026-01-02"}
    ids["absence_id"] = add("absences", student_id=ids["student_id"], **absence)
    ids["guardian_id"] = add(f"students/{ids['student_id']}/guardians", name=SECRET)
    text = client.post("/v1/consent-texts", json={"language": "en", "body": SECRET}).json()
    ids["text_id"] = text["text"]["id"]
    made = client.post("/v1/clients", json={"name": SECRET, "scopes": ["roster:read"]}).json()
    ids |= {"client_id": made["id"], "secret_id": made["secret_id"]}
    job = EnrolmentJob(school_id=school.id, student_id=ids["student_id"], source="photos", wanted=1)
    with runtime.store.begin() as work:
        work.session.add(job)
        work.session.flush()
        ids["job_id"] = str(job.id)
    assert client.put(f"/v1/sections/{ids['section_id']}/students/{ids['student_id']}", json=DAYS).is_success
    return ids


@pytest.fixture
def neighbour(runtime: Runtime, theirs: Ids, signed_in: Callable[..., TestClient]) -> Iterator[TestClient]:
    """An administrator of another school."""
    with runtime.store.begin() as work:
        other = School(name="Neighbour", timezone="Europe/Zurich")
        work.session.add(other)
    return signed_in("neighbour", Role.ADMIN, other)  # type: ignore[return-value]


def endpoints() -> list[tuple[str, str]]:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return [(method, route.path) for route in routes for method in route.methods or ()]


def parameters(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def sent(document: dict[str, Any], method: str, path: str, ids: Ids) -> dict[str, Any]:
    """The example of what an endpoint takes, speaking of the other school's rows wherever it names any."""
    operation = document["paths"].get(path, {}).get(method.lower(), {})
    body = operation.get("requestBody", {}).get("content", {})
    if "application/json" in body:
        name = body["application/json"]["schema"]["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
        example = schema["examples"][0]
        return {"json": {field: ids.get(field, value) for field, value in example.items()}}
    if "multipart/form-data" in body:
        return {"files": {"photos": ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg")}}
    return {
        "data": ids | {"status": "present", "number": SECRET, "reason": "said so", "track_id": str(uuid4())}
    }


def test_nothing_of_another_school_is_found_or_told(
    api: FastAPI, neighbour: TestClient, theirs: Ids, client: TestClient
) -> None:
    document, before = client.get("/openapi.json").json(), snapshot(client, theirs)
    for method, path in endpoints():
        names = [name for name in parameters(path) if name.endswith("_id")]
        if not names or path.startswith("/docs"):
            continue
        ids = theirs | {name: str(uuid4()) for name in names if name not in theirs}
        headers = {"Idempotency-Key": str(uuid4()), "If-Match": "*"}
        body = sent(document, method, path, ids) if method in ("POST", "PUT", "PATCH") else {}
        answer = neighbour.request(method, path.format(**ids), headers=headers, **body)
        assert (answer.status_code, method, path) == (404, method, path), answer.text
        assert SECRET not in answer.text, path
    assert snapshot(client, theirs) == before


def bodies(own: Ids, ids: Ids, clock: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """What a school sends of its own rows, with one of the `ids` in each."""
    later = clock.now + timedelta(days=1)
    hour = {"starts_at": later.isoformat(), "ends_at": (later + timedelta(hours=1)).isoformat()}
    away = {"kind": "family", "told_by": "she"}
    lesson, section = f"/v1/lessons/{own['lesson_id']}", f"/v1/sections/{own['section_id']}"
    mark = {"status": "present"}
    return [
        ("POST", "/v1/lessons", {"room_id": own["room_id"], "section_id": ids["section_id"], **hour}),
        ("POST", "/v1/lessons", {"room_id": ids["room_id"], "section_id": own["section_id"], **hour}),
        ("POST", "/v1/sections", {"name": "New", "room_id": ids["room_id"]}),
        ("POST", "/v1/sections", {"name": "New", "course_id": ids["course_id"]}),
        ("PATCH", section, {"term_ids": [ids["term_id"]]}),
        ("POST", "/v1/rooms", {"name": "New", "building_id": ids["building_id"]}),
        ("POST", "/v1/cameras", {"name": "New", "room_id": ids["room_id"]}),
        ("POST", "/v1/terms", {"title": "New", **DAYS, "ends_on": "2026-02-01", "parent_id": ids["term_id"]}),
        ("POST", "/v1/absences", {"student_id": ids["student_id"], **away, **DAYS, "ends_on": "2026-01-01"}),
        ("POST", "/v1/absences", {"student_id": own["student_id"], **away, "lesson_ids": [ids["lesson_id"]]}),
        ("POST", "/v1/join-tokens", {"camera_ids": [ids["camera_id"]]}),
        ("POST", f"{lesson}/marks", {"student_id": ids["student_id"], **mark}),
        ("POST", f"{lesson}/marks/bulk", {"marks": [{"student_id": ids["student_id"], **mark}]}),
        ("POST", f"{section}/enrolments/bulk", {"enrolments": [{"student_id": ids["student_id"], **DAYS}]}),
        ("PUT", f"{section}/students/{ids['student_id']}", DAYS),
        ("PUT", f"{section}/staff/{ids['staff_id']}", DAYS),
        (
            "POST",
            f"/v1/students/{own['student_id']}/consent",
            {"basis": "guardian", "given_by": "she", "text_id": ids["text_id"]},
        ),
        ("POST", f"/mark-attendance/?camera={ids['camera_id']}", {}),
        *(
            ("GET", f"/v1/reports/{query}", {})
            for query in (
                f"register?lesson_id={ids['lesson_id']}", f"attendance?student_id={ids['student_id']}",
                f"attendance?section_id={ids['section_id']}", f"attendance?term_id={ids['term_id']}",
            )
        ),
    ]  # fmt: skip


def test_what_a_request_names_of_another_school_is_as_if_it_were_nowhere(
    neighbour: TestClient, theirs: Ids, client: TestClient, clock: Any
) -> None:
    neighbour.event_hooks = client.event_hooks
    before = snapshot(client, theirs)

    def add(path: str, **fields: Any) -> str:
        return str(neighbour.post(f"/v1/{path}", json=fields).json()["id"])

    own = {"room_id": add("rooms", name="Own"), "section_id": add("sections", name="Own")}
    own["student_id"] = add("students", number="1", name="Own")
    times = {"starts_at": clock.now.isoformat(), "ends_at": (clock.now + timedelta(hours=1)).isoformat()}
    own["lesson_id"] = add("lessons", room_id=own["room_id"], section_id=own["section_id"], **times)
    nowhere = {name: str(uuid4()) for name in theirs}

    for there, missing in zip(bodies(own, theirs, clock), bodies(own, nowhere, clock), strict=True):
        answers = [neighbour.request(method, path, json=body) for method, path, body in (there, missing)]
        told = [told_of(answer, ids) for answer, ids in zip(answers, (theirs, nowhere), strict=True)]
        assert told[0] == told[1], there
        assert "404" in told[0] or "422" in told[0], told[0]
        assert SECRET not in told[0]
    assert snapshot(client, theirs) == before


def told_of(answer: Any, ids: Ids) -> str:
    """Status and text, without the ids that were sent."""
    text = f"{answer.status_code} {answer.text}"
    for each in ids.values():
        text = text.replace(each, "…")
    return text


NOT_SET_UP = "/sign-in/sso"
"""Without a provider there is no single sign-on, for anybody."""


def test_no_list_has_rows_of_another_school(neighbour: TestClient, client: TestClient) -> None:
    seen = 0
    for method, path in endpoints():
        if method == "GET" and not parameters(path) and path not in {"/openapi.json"}:
            told = neighbour.get(path, params={"since": "2026-01-01T00:00:00Z"})
            if path.startswith(NOT_SET_UP):
                assert told.status_code == 404, path
                continue
            if told.status_code == 422:
                assert path in NEED_MORE, path
                continue
            assert told.status_code in {200, 303}, path
            assert SECRET not in told.text, path
            seen += SECRET in client.get(path).text
    assert seen > 10


def snapshot(client: TestClient, ids: Ids) -> list[Any]:
    """What the first school has."""
    kinds = ("rooms", "courses", "buildings", "terms", "staff", "cameras", "sections", "students", "clients")
    lists = [client.get(f"/v1/{kind}").json() for kind in kinds]
    return [*lists, client.get(f"/v1/lessons/{ids['lesson_id']}/register").json()]
