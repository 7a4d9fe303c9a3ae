"""Photos and registrations on their way to become templates, and the job that follows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from kombu.exceptions import OperationalError
from redis import Redis
from sqlalchemy import delete, select

from adsum_api.adapters.camera_commands import RedisCameraCommands
from adsum_api.enrolment import jobs
from adsum_api.enrolment.photos import MAX_PHOTO_BYTES
from adsum_api.retention.service import purge_expired
from adsum_api.runtime import Runtime
from adsum_contracts.commands import CAMERA_COMMAND, CaptureSamples
from adsum_contracts.events import CommandReply
from adsum_contracts.ids import CameraId, CommandId, JobId, SchoolId, SpoolId
from adsum_contracts.routes import COMMANDS_MAXLEN, ENROL_PHOTOS, QUEUE_ENROL, commands_stream
from adsum_contracts.sealing import unseal
from adsum_contracts.tasks import EnrolmentJudged, EnrolmentProgress, EnrolPhotos
from adsum_store.models import EnrolmentPhoto, EnrolmentVerdict, OutboxMessage, School
from adsum_store.repositories import student_keys
from adsum_store.sealing import WrongSecretKey

GUARDIAN = {"basis": "guardian", "given_by": "Anne Lovelace"}
FORM = {"enrollment": "101", "name": "Ada"}


@pytest.fixture
def ada(client: TestClient) -> str:
    """A student with a consent."""
    answer = client.post("/v1/students", json={"number": "101", "name": "Ada", "consent": GUARDIAN})
    return str(answer.json()["id"])


@pytest.fixture
def camera(client: TestClient) -> str:
    """The default camera."""
    room = client.post("/v1/rooms", json={"name": "B12"}).json()["id"]
    body = {"name": "door", "room_id": room, "is_default": True}
    return str(client.post("/v1/cameras", json=body).json()["id"])


def upload(client: TestClient, student: str, *photos: bytes) -> dict[str, object]:
    answer = client.post(f"/v1/students/{student}/photos", files=[("photos", photo) for photo in photos])
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def judge(runtime: Runtime, school: School, job_id: object, *verdicts: tuple[int, str | None]) -> None:
    with runtime.store.begin() as work:
        for index, reason in verdicts:
            work.session.add(
                EnrolmentVerdict(
                    school_id=school.id, job_id=UUID(str(job_id)), index=index, model_id="test",
                    accepted=reason is None, reason=reason, quality=None,
                )
            )  # fmt: skip
    message = EnrolmentJudged(school_id=SchoolId(school.id), job_id=JobId(UUID(str(job_id))))
    with runtime.store.begin() as work:
        jobs.note_verdicts(work, message, runtime.clock())


def photos_kept(runtime: Runtime) -> list[int]:
    with runtime.store.begin() as work:
        return list(work.session.scalars(select(EnrolmentPhoto.index).order_by(EnrolmentPhoto.index)))


def test_photos_are_kept_sealed_for_a_day_and_handed_on_by_reference(
    client: TestClient, runtime: Runtime, school: School, ada: str, tasks: Any
) -> None:
    job = upload(client, ada, b"\xff\xd8\xff first", b"\xff\xd8\xff second")
    assert (job["state"], job["wanted"], job["collected"]) == ("pending", 2, 2)
    message = EnrolPhotos(school_id=SchoolId(school.id), job_id=JobId(UUID(str(job["id"]))))
    assert tasks.sent == [(ENROL_PHOTOS, QUEUE_ENROL, message)]
    with runtime.store.begin() as work:
        first, second = work.session.scalars(select(EnrolmentPhoto).order_by(EnrolmentPhoto.index))
        hers = student_keys.opener(work.session, runtime.vault, school.id, UUID(ada))
    with pytest.raises(WrongSecretKey):
        runtime.vault.open(first.sealed)
    opened = [hers.open(each.sealed) for each in (first, second)]
    assert opened == [b"\xff\xd8\xff first", b"\xff\xd8\xff second"]
    assert first.expires_at == runtime.clock() + timedelta(hours=24)


def test_a_job_shows_each_verdict_and_is_done_when_all_are_in(
    client: TestClient, runtime: Runtime, school: School, ada: str
) -> None:
    job = upload(client, ada, b"\xff\xd8\xff first", b"\xff\xd8\xff second")
    judge(runtime, school, job["id"], (0, None))
    shown = client.get(f"/v1/enrolments/{job['id']}").json()
    assert (shown["state"], shown["accepted"], shown["refused"]) == ("running", 1, 0)
    assert photos_kept(runtime) == [1], "a judged photo goes at once"
    judge(runtime, school, job["id"], (1, "two_faces"))
    shown = client.get(f"/v1/enrolments/{job['id']}").json()
    assert (shown["state"], shown["accepted"], shown["refused"]) == ("done", 1, 1)
    assert shown["verdicts"][1] == {"index": 1, "accepted": False, "reason": "two_faces"}
    assert photos_kept(runtime) == []


def test_photos_need_a_consent(client: TestClient) -> None:
    student = client.post("/v1/students", json={"number": "1", "name": "Bea"}).json()["id"]
    answer = client.post(f"/v1/students/{student}/photos", files=[("photos", b"\xff\xd8\xff one")])
    assert (answer.status_code, answer.json()["code"]) == (409, "consent-missing")


@pytest.mark.parametrize("count", [0, 21])
def test_one_to_twenty_photos_are_accepted(client: TestClient, ada: str, count: int) -> None:
    answer = client.post(f"/v1/students/{ada}/photos", files=[("photos", b"\xff\xd8\xff x")] * count)
    assert answer.status_code == 422


def test_a_photo_that_is_too_large_is_refused_and_nothing_is_kept(
    client: TestClient, runtime: Runtime, ada: str, tasks: Any
) -> None:
    large = b"x" * (MAX_PHOTO_BYTES + 1)
    answer = client.post(
        f"/v1/students/{ada}/photos", files=[("photos", b"\xff\xd8\xff small"), ("photos", large)]
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "photo-too-large")
    assert photos_kept(runtime) == []
    assert tasks.sent == []


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00", b"GIF89a", b"<svg xmlns=", b"RIFF\x00\x00\x00\x00WAVE", b"%PDF-1.7"]
)
def test_what_is_no_photo_meets_no_decoder(
    client: TestClient, runtime: Runtime, ada: str, tasks: Any, content: bytes
) -> None:
    declared = ("ada.jpg", content, "image/jpeg")
    answer = client.post(f"/v1/students/{ada}/photos", files=[("photos", declared)])
    assert (answer.status_code, answer.json()["code"]) == (415, "not-a-photo")
    assert photos_kept(runtime) == []
    assert tasks.sent == []


@pytest.mark.parametrize("begins", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\x00\x00\x00WEBP"])
def test_a_photo_is_one_whatever_it_is_called(client: TestClient, ada: str, begins: bytes) -> None:
    declared = ("ada.txt", begins + bytes(32), "text/plain")
    assert client.post(f"/v1/students/{ada}/photos", files=[("photos", declared)]).status_code == 202


def test_a_body_that_grows_too_large_is_cut_off_while_it_streams(client: TestClient) -> None:
    endless = (b"x" * 65536 for _ in range(100))
    answer = client.post("/v1/rooms", content=endless, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/enrolments/{}", "/v1/students/{}/photos"])
def test_unknown_jobs_and_students_are_not_found(client: TestClient, path: str) -> None:
    method = "POST" if path.endswith("photos") else "GET"
    files = [("photos", b"\xff\xd8\xff x")] if method == "POST" else None
    assert client.request(method, path.format(uuid4()), files=files).status_code == 404


def test_when_the_broker_is_away_the_caller_is_told(client: TestClient, ada: str, tasks: Any) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("away")

    tasks.send = refuse
    answer = client.post(f"/v1/students/{ada}/photos", files=[("photos", b"\xff\xd8\xff x")])
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


def test_registering_sends_the_default_camera_a_command(
    client: TestClient, runtime: Runtime, camera: str, commands: Any
) -> None:
    answer = client.post("/register/", data=FORM | {"num_images": "7"})
    assert answer.status_code == 202, answer.text
    started = answer.json()
    assert "Ada" in started["message"]
    assert started["follow"] == answer.headers["location"] == f"/v1/enrolments/{started['job']['id']}"
    assert client.get(started["follow"]).json()["wanted"] == 7
    [(camera_id, key, command)] = commands.sent
    assert (str(camera_id), len(key)) == (camera, 32)
    assert (str(command.job_id), command.count, command.issued_at) == (
        started["job"]["id"],
        7,
        runtime.clock(),
    )


def test_registering_again_corrects_the_name_and_adds_samples(client: TestClient, camera: str) -> None:
    first = client.post("/register/", data=FORM).json()["job"]
    second = client.post("/register/", data=FORM | {"name": "Ada Lovelace", "camera": camera}).json()["job"]
    assert first["student_id"] == second["student_id"]
    assert (first["id"] != second["id"], second["wanted"]) == (True, 20)
    [student] = client.get("/v1/students").json()
    assert (student["name"], student["consent"]["basis"]) == ("Ada Lovelace", "attested_by_operator")


def test_registering_needs_a_camera_and_says_which_way_out(client: TestClient) -> None:
    answer = client.post("/register/", data=FORM)
    assert (answer.status_code, answer.json()["code"]) == (409, "no-default-camera")
    assert "POST /v1/cameras" in answer.json()["detail"]
    assert client.post("/register/", data=FORM | {"camera": str(uuid4())}).status_code == 404
    assert client.get("/v1/students").json() == []


@pytest.mark.usefixtures("camera")
def test_registering_is_closed_where_the_school_wants_real_consents(
    client: TestClient, commands: Any
) -> None:
    client.patch("/v1/school", json={"allow_attested_consent": False})
    answer = client.post("/register/", data=FORM)
    assert (answer.status_code, answer.json()["code"]) == (409, "attestation-off")
    assert commands.sent == []


@pytest.mark.parametrize("form", [{}, {"enrollment": "1"}, FORM | {"num_images": "0"}, FORM | {"name": " "}])
def test_a_form_that_cannot_be_meant_is_refused(client: TestClient, form: dict[str, str]) -> None:
    assert client.post("/register/", data=form).status_code == 422


def reply(school: School, camera: str, job_id: str, **parts: object) -> EnrolmentProgress:
    said = CommandReply.model_validate(
        {
            "camera_id": CameraId(UUID(camera)), "spool_id": SpoolId(uuid4()), "sequence": 0,
            "captured_at": "2026-02-11T09:30:00Z", "command_id": CommandId(uuid4()), "job_id": job_id,
            "wanted": 20, **parts,
        }
    )  # fmt: skip
    return EnrolmentProgress(school_id=SchoolId(school.id), reply=said)


def test_a_camera_tells_how_far_it_is_and_what_it_waits_for(
    client: TestClient, runtime: Runtime, school: School, camera: str
) -> None:
    job = client.post("/register/", data=FORM).json()["job"]["id"]

    def after(**parts: object) -> tuple[object, ...]:
        with runtime.store.begin() as work:
            jobs.note_progress(work, reply(school, camera, job, **parts), runtime.clock())
        shown = client.get(f"/v1/enrolments/{job}").json()
        return shown["state"], shown["collected"], shown["error"]

    assert after(outcome="accepted") == ("running", 0, None)
    assert after(outcome="progress", done=3) == ("running", 3, None)
    assert after(outcome="progress", done=3, reason="two_faces") == ("running", 3, "two_faces")
    assert after(outcome="progress", done=1) == ("running", 3, "two_faces"), "a late reply takes nothing back"
    assert after(outcome="failed", done=5, reason="no_face") == ("failed", 5, "no_face")
    assert after(outcome="done", done=20) == ("failed", 5, "no_face"), "an end is final"


def test_another_camera_has_no_say_in_a_job(
    client: TestClient, runtime: Runtime, school: School, camera: str
) -> None:
    assert camera
    job = client.post("/register/", data=FORM).json()["job"]["id"]
    with runtime.store.begin() as work:
        foreign = reply(school, str(uuid4()), job, outcome="failed")
        jobs.note_progress(work, foreign, runtime.clock())
    assert client.get(f"/v1/enrolments/{job}").json()["state"] == "pending"


def test_a_command_is_signed_and_its_stream_stays_short(ingress_url: str) -> None:
    camera, key = uuid4(), bytes(range(32))
    command = CaptureSamples.model_validate(
        {
            "camera_id": camera, "command_id": uuid4(), "issued_at": "2026-02-11T09:30:00Z",
            "job_id": uuid4(), "count": 20, "timeout_s": 60,
        }
    )  # fmt: skip
    stream = commands_stream(CameraId(camera))
    with Redis.from_url(ingress_url) as ingress:
        for _ in range(COMMANDS_MAXLEN * 2):
            RedisCameraCommands(ingress).send(camera, key, command)
        [(_, fields)] = ingress.xrevrange(stream, count=1)  # type: ignore[misc]
        assert ingress.xlen(stream) < COMMANDS_MAXLEN * 1.5
    assert CAMERA_COMMAND.validate_json(unseal("command", fields, key).body) == command


def test_what_nobody_judged_in_a_day_is_purged(
    client: TestClient, runtime: Runtime, ada: str, clock: Any
) -> None:
    job = upload(client, ada, b"\xff\xd8\xff one")
    for hours, kept, state in ((23.9, [0], "pending"), (0.2, [], "failed")):
        clock.forward(hours=hours)
        with runtime.store.begin() as work:
            purge_expired(work, runtime.clock())
        shown = client.get(f"/v1/enrolments/{job['id']}").json()
        assert (photos_kept(runtime), shown["state"]) == (kept, state)
    assert shown["error"] == "expired"


@pytest.mark.usefixtures("camera")
def test_a_camera_that_never_answers_fails_the_job_within_minutes(
    client: TestClient, runtime: Runtime, clock: Any
) -> None:
    job = client.post("/register/", data=FORM).json()["job"]["id"]
    clock.forward(minutes=10)
    with runtime.store.begin() as work:
        purge_expired(work, runtime.clock())
    assert client.get(f"/v1/enrolments/{job}").json()["error"] == "expired"


def test_a_purge_settles_a_job_whose_message_was_lost(
    client: TestClient, runtime: Runtime, school: School, ada: str
) -> None:
    job = upload(client, ada, b"\xff\xd8\xff one")
    judge(runtime, school, job["id"], (0, None))
    with runtime.store.begin() as work:
        jobs_row = jobs.enrolments.get(work, school.id, UUID(str(job["id"])))
        assert jobs_row is not None
        jobs_row.state, jobs_row.finished_at = "pending", None
    with runtime.store.begin() as work:
        purge_expired(work, runtime.clock())
    assert client.get(f"/v1/enrolments/{job['id']}").json()["state"] == "done"


def test_a_purge_forgets_messages_told_long_ago(runtime: Runtime, school: School) -> None:
    now = runtime.clock()
    with runtime.store.begin() as work:
        work.session.execute(delete(OutboxMessage))
        for key, age in (("old", timedelta(days=8)), ("new", timedelta(days=6))):
            message = {"topic": "t", "key": key, "sequence": 1, "dedupe_key": key, "payload": {}}
            message["created_at"] = now - age
            work.session.add(OutboxMessage(school_id=school.id, **message))
    with runtime.store.begin() as work:
        purge_expired(work, now)
    with runtime.store.begin() as work:
        assert work.session.scalars(select(OutboxMessage.key)).all() == ["new"]
