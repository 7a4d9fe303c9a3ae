"""Nobody edits what they have not seen; every request has its id."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.contract.request_id import HEADER, id_of
from adsum_contracts.logs import log_to_stderr
from adsum_store.models import CameraHeartbeat, School

TOKEN = "the-token-of-these-tests"


@pytest.fixture
def bare(api: FastAPI) -> Iterator[TestClient]:
    """A caller with the token, who sends no tag of itself."""
    with TestClient(api, headers={"Authorization": f"Bearer {TOKEN}"}, raise_server_exceptions=False) as bare:
        yield bare


@pytest.fixture
def edited(client: TestClient) -> dict[str, tuple[str, dict[str, Any], dict[str, Any]]]:
    """What can be edited: its path, and two changes."""
    room = client.post("/v1/rooms", json={"name": "B12"}).json()["id"]
    camera = client.post("/v1/cameras", json={"name": "door", "room_id": room}).json()["id"]
    student = client.post("/v1/students", json={"number": "101", "name": "Ada"}).json()["id"]
    names = ({"name": "Bea"}, {"name": "Cleo"})
    return {
        "student": (f"/v1/students/{student}", *names),
        "camera": (f"/v1/cameras/{camera}", *names),
        "school": ("/v1/school", *names),
    }


def test_every_edit_of_v1_asks_for_a_tag(api: FastAPI) -> None:
    for path, operations in api.openapi()["paths"].items():
        if path.startswith("/v1/") and "patch" in operations:
            assert {"412", "428"} <= set(operations["patch"]["responses"]), path


@pytest.mark.parametrize("noun", ["student", "camera", "school"])
def test_the_second_of_two_who_read_the_same_is_refused(edited: Any, bare: TestClient, noun: str) -> None:
    path, first, second = edited[noun]
    seen = {"If-Match": bare.get(path).headers["etag"]}
    done = bare.patch(path, json=first, headers=seen)
    assert (done.status_code, done.json()["name"]) == (200, "Bea")
    refused = bare.patch(path, json=second, headers=seen)
    assert (refused.status_code, refused.json()["code"]) == (412, "changed-meanwhile")
    assert bare.get(path).json()["name"] == "Bea"
    again = bare.patch(path, json=second, headers={"If-Match": f'"other", {done.headers["etag"]}'})
    assert (again.status_code, again.json()["name"]) == (200, "Cleo")
    assert bare.get(path).headers["etag"] == again.headers["etag"]


@pytest.mark.parametrize("noun", ["student", "camera", "school"])
def test_an_edit_says_what_it_edits_or_that_it_does_not_care(
    edited: Any, bare: TestClient, noun: str
) -> None:
    path, first, _ = edited[noun]
    for headers in ({}, {"If-Match": ""}, {"If-Match": " , "}):
        refused = bare.patch(path, json=first, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (428, "if-match-missing")
    assert bare.patch(path, json=first, headers={"If-Match": "*"}).status_code == 200


def test_a_heartbeat_is_no_change_of_a_camera(
    edited: Any, bare: TestClient, runtime: Any, school: School
) -> None:
    path = edited["camera"][0]
    before, now = bare.get(path), runtime.clock()
    with runtime.store.begin() as work:
        work.session.add(
            CameraHeartbeat(
                school_id=school.id, camera_id=UUID(path.rsplit("/", 1)[1]), spool_id=uuid4(), sequence=0,
                since=now - timedelta(seconds=5), at=now, state="watching", frames=1, frames_dropped=0,
                faces=0, faces_too_small=0, spool_depth=0, tracks=[],
            )
        )  # fmt: skip
    after = bare.get(path)
    assert before.json() != after.json()
    assert before.headers["etag"] == after.headers["etag"]


def test_a_callers_id_comes_back_also_with_a_refusal(bare: TestClient, stranger: TestClient) -> None:
    assert bare.get("/v1/school", headers={HEADER: "job-7/42"}).headers[HEADER] == "job-7/42"
    refused = stranger.get("/v1/school", headers={HEADER: "job-7/43"})
    assert (refused.status_code, refused.headers[HEADER]) == (401, "job-7/43")
    assert UUID(bare.get("/v1/school").headers[HEADER])
    assert UUID(bare.get("/v1/school", headers={HEADER: "two words"}).headers[HEADER])


@given(st.text(max_size=200))
def test_an_id_forges_no_log_line(sent: str) -> None:
    assert id_of(sent).isascii()
    assert not any(each.isspace() or each == '"' for each in id_of(sent))
    assert len(id_of(sent)) <= 128


def test_a_log_line_of_a_request_has_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("api")
    with structlog.contextvars.bound_contextvars(request_id="job-7"):
        structlog.get_logger().warning("server_away")
    assert "request_id=job-7" in capsys.readouterr().err
    structlog.reset_defaults()
