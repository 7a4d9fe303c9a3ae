"""Guided captures at a camera: asked for over HTTP or on a page, and followed live."""

from __future__ import annotations

import os
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from adsum_api.enrolment import jobs
from adsum_api.enrolment.schemas import POSES as ASKED
from adsum_api.pages.enrol import HINTS, POSES
from adsum_api.runtime import Runtime
from adsum_contracts.events import CommandReply
from adsum_contracts.face import Pose
from adsum_contracts.ids import CameraId, CommandId, SchoolId, SpoolId
from adsum_contracts.tasks import EnrolmentProgress
from adsum_store.models import School

GUARDIAN = {"basis": "guardian", "given_by": "Anne Lovelace"}


@pytest.fixture
def ada(client: TestClient) -> str:
    """A student with a consent."""
    body = {"number": "101", "name": "Ada Lovelace", "consent": GUARDIAN}
    return str(client.post("/v1/students", json=body).json()["id"])


@pytest.fixture
def camera(client: TestClient) -> str:
    """The default camera."""
    room = client.post("/v1/rooms", json={"name": "B12"}).json()["id"]
    body = {"name": "door", "room_id": room, "is_default": True}
    return str(client.post("/v1/cameras", json=body).json()["id"])


@pytest.fixture
def says(runtime: Runtime, school: School, camera: str) -> Any:
    """What the camera says of a job."""

    def say(job: object, **parts: object) -> None:
        reply = CommandReply.model_validate(
            {
                "camera_id": CameraId(UUID(camera)), "spool_id": SpoolId(uuid4()), "sequence": 0,
                "captured_at": "2026-02-11T09:30:00Z", "command_id": CommandId(uuid4()), "job_id": job,
                "wanted": 15, **parts,
            }
        )  # fmt: skip
        with runtime.store.begin() as work:
            message = EnrolmentProgress(school_id=SchoolId(school.id), reply=reply)
            jobs.note_progress(work, message, runtime.clock())

    return say


def test_a_guided_capture_asks_for_five_poses_and_tells_what_is_wanted_now(
    client: TestClient, ada: str, camera: str, commands: Any, says: Any
) -> None:
    answer = client.post(f"/v1/students/{ada}/captures", json={"count": 15, "guided": True})
    assert answer.status_code == 202, answer.text
    job = answer.json()["id"]
    assert answer.headers["location"] == f"/v1/enrolments/{job}"
    [(camera_id, _, command)] = commands.sent
    assert (str(camera_id), command.count) == (camera, 15)
    assert command.poses == ASKED == ("front", "left", "right", "up", "down")

    def shown() -> tuple[object, ...]:
        told = client.get(f"/v1/enrolments/{job}").json()
        return told["state"], told["collected"], told["pose"], told["error"]

    assert shown() == ("pending", 0, None, None)
    says(job, outcome="accepted", pose="front")
    assert shown() == ("running", 0, "front", None)
    says(job, outcome="progress", done=3, pose="left", reason="wrong_pose")
    assert shown() == ("running", 3, "left", "wrong_pose")
    says(job, outcome="progress", done=2, pose="front")
    assert shown() == ("running", 3, "left", "wrong_pose"), "a late reply takes nothing back"
    says(job, outcome="done", done=15)
    assert shown() == ("running", 15, None, None)


def test_without_guidance_nobody_is_asked_for_a_pose(
    client: TestClient, ada: str, camera: str, commands: Any
) -> None:
    assert client.post(f"/v1/students/{ada}/captures", json={"camera_id": camera}).status_code == 202
    assert commands.sent[0][2].poses == ()


@pytest.mark.usefixtures("camera")
def test_a_capture_needs_a_consent_that_somebody_gave(client: TestClient, commands: Any) -> None:
    student = client.post("/v1/students", json={"number": "1", "name": "Bea"}).json()["id"]
    answer = client.post(f"/v1/students/{student}/captures", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "consent-missing")
    assert client.post(f"/v1/students/{uuid4()}/captures", json={}).status_code == 404
    assert commands.sent == []


def test_every_pose_has_words() -> None:
    assert set(get_args(Pose)) == set(ASKED) == set(POSES) - {None}
    assert all(text.endswith((".", "!")) for text in HINTS.values())


@pytest.mark.usefixtures("camera")
def test_the_page_begins_a_capture_and_says_what_to_do(client: TestClient, ada: str, says: Any) -> None:
    assert ada
    form = client.get("/enrol").text
    assert '<option value="101">Ada Lovelace</option>' in form
    assert "door</option>" in form
    camera = client.get("/v1/cameras").json()[0]["id"]
    sent = {"number": "101", "camera_id": camera, "guided": "true"}
    answer = client.post("/enrol", data=sent, follow_redirects=False)
    assert answer.status_code == 303
    page = answer.headers["location"]
    assert "Waiting for the camera" in client.get(page).text
    job = page.rsplit("/", 1)[1]
    says(job, outcome="progress", done=3, pose="left", reason="face_too_small")
    shown = client.get(page).text
    assert "Turn your head to your left" in shown
    assert "Come closer." in shown
    assert "3 of 15 pictures taken" in shown
    says(job, outcome="failed", done=3, reason="superseded")
    assert "Somebody else was enrolled" in client.get(page).text


@pytest.mark.usefixtures("camera")
def test_the_page_says_why_it_cannot_begin(client: TestClient) -> None:
    client.post("/v1/students", json={"number": "1", "name": "Bea"})
    camera = client.get("/v1/cameras").json()[0]["id"]
    for number, status, told in (("1", 409, "no active consent"), ("7", 404, "student with number 7")):
        answer = client.post("/enrol", data={"number": number, "camera_id": camera})
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert told in answer.text


@pytest.mark.usefixtures("camera")
def test_a_browser_follows_the_instructions_live(page: Any, ada: str, says: Any) -> None:
    assert ada
    folder = os.environ.get("ADSUM_TEST_SCREENSHOTS")
    page.get_by_role("link", name="Enrol").click()
    page.get_by_label("Student’s number").fill("101")
    if folder:
        page.screenshot(path=f"{folder}/enrol.png", full_page=True)
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("Waiting for the camera").wait_for(timeout=10_000)
    job = page.url.rsplit("/", 1)[1]
    says(job, outcome="progress", done=4, pose="left", reason="wrong_pose")
    page.get_by_text("Turn your head to your left").wait_for(timeout=10_000)
    if folder:
        page.screenshot(path=f"{folder}/enrolment.png", full_page=True)
    says(job, outcome="failed", done=4, reason="no_face")
    page.get_by_text("That did not work").wait_for(timeout=10_000)
    assert page.complaints == []
