"""Erasing a student: nothing of them stays, and a receipt does, which names nobody."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi.testclient import TestClient
from sqlalchemy import select

from adsum_api.runtime import Runtime
from adsum_store.models import (
    EnrolmentPhoto,
    Erasure,
    Mark,
    OutboxMessage,
    School,
    Sighting,
    Student,
    StudentKey,
)
from adsum_store.repositories import erasure, student_keys
from adsum_store.sealing import WrongSecretKey

GUARDIAN = {"basis": "guardian", "given_by": "Anne Lovelace"}


@pytest.fixture
def student(client: TestClient) -> dict[str, Any]:
    """A student with consent, a photo that waits, and a mark."""
    new = {"number": "101", "name": "Ada Lovelace", "consent": GUARDIAN}
    made: dict[str, Any] = client.post("/v1/students", json=new).json()
    client.post(f"/v1/students/{made['id']}/photos", files=[("photos", b"\xff\xd8\xff a picture of Ada")])
    room = client.post("/v1/rooms", json={"name": "101"}).json()
    lesson = {"room_id": room["id"], "starts_at": "2026-02-11T09:00:00Z", "ends_at": "2026-02-11T10:00:00Z"}
    made["lesson"] = client.post("/v1/lessons", json=lesson).json()["id"]
    made["room"] = room["id"]
    mark = {"student_id": made["id"], "status": "present", "source": "office", "reason": "Ada was here"}
    assert client.post(f"/v1/lessons/{made['lesson']}/marks", json=mark).status_code == 201
    return made


def see(runtime: Runtime, client: TestClient, student: dict[str, Any], school: School) -> UUID:
    """Store a sighting that names the student and somebody else; return whom else."""
    camera = client.post("/v1/cameras", json={"name": str(uuid4()), "room_id": student["room"]}).json()
    other = uuid4()
    now = runtime.clock()
    with runtime.store.begin() as work:
        work.session.add(
            Sighting(
                school_id=school.id, camera_id=UUID(camera["id"]), spool_id=uuid4(), sequence=1,
                track_id=uuid4(), track_started_at=now, captured_at=now, model_id="test", quality=1.0,
                detector_score=1.0, face_px=90.0, frame_box=[0, 0, 9, 9],
                candidates=[
                    {"student_id": student["id"], "score": 0.9}, {"student_id": str(other), "score": 0.8},
                ],
            )
        )  # fmt: skip
    return other


def candidates(runtime: Runtime) -> list[str]:
    with runtime.store.begin() as work:
        rows = work.session.scalars(select(Sighting.candidates)).all()
    return [each["student_id"] for row in rows for each in row]


def test_an_erasure_leaves_a_signed_receipt_and_nothing_else(
    client: TestClient, runtime: Runtime, school: School, student: dict[str, Any]
) -> None:
    other = see(runtime, client, student, school)
    receipt = client.post(f"/v1/students/{student['id']}/erasure").json()
    counts = receipt["counts"]
    assert [counts[kind] for kind in ("consents", "photos", "marks", "candidates")] == [1, 1, 1, 1]
    assert candidates(runtime) == [str(other)]
    assert client.get(f"/v1/students/{student['id']}").status_code == 404
    with runtime.store.begin() as work:
        assert work.session.scalars(select(Student)).all() == []
        payloads = [str(each) for each in work.session.scalars(select(OutboxMessage.payload))]
    told = [payload for payload in payloads if student["id"] in payload]
    assert len(told) == 1, "that they were erased is told to whoever was told of them before"
    assert "student_erased" in told[0]
    shown = client.get("/v1/erasures")
    assert shown.json() == [receipt]
    assert client.get(f"/v1/erasures/{receipt['id']}").json() == receipt
    assert "Lovelace" not in shown.text
    assert student["id"] not in shown.text


def test_a_receipt_can_be_checked_by_anybody(client: TestClient, student: dict[str, Any]) -> None:
    receipt = client.post(f"/v1/students/{student['id']}/erasure").json()
    text = receipt["receipt"].encode()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(receipt["public_key"]))
    key.verify(bytes.fromhex(receipt["signature"]), text)
    assert sha256(text).hexdigest() == receipt["digest"]
    logged = client.get("/v1/audit", params={"action": "student.erased"}).json()
    assert [each["details"]["digest"] for each in logged] == [receipt["digest"]]


def test_an_erasure_sent_twice_is_done_once(client: TestClient, student: dict[str, Any]) -> None:
    path, key = f"/v1/students/{student['id']}/erasure", {"Idempotency-Key": "once"}
    first, second = client.post(path, headers=key), client.post(path, headers=key)
    assert (first.status_code, second.json()) == (201, first.json())
    assert len(client.get("/v1/erasures").json()) == 1
    assert client.post(path).json()["code"] == "student-not-found"


def test_marks_stay_under_nobodys_name_where_the_school_must_keep_them(
    client: TestClient, runtime: Runtime, student: dict[str, Any]
) -> None:
    client.patch("/v1/school", json={"erased_marks": "anonymised"})
    receipt = client.post(f"/v1/students/{student['id']}/erasure").json()
    assert (receipt["counts"]["marks"], receipt["counts"]["marks_kept"]) == (0, 1)
    with runtime.store.begin() as work:
        nobody = work.session.scalars(select(Student)).one()
        mark = work.session.scalars(select(Mark)).one()
    assert (mark.student_id, mark.status, mark.reason) == (nobody.id, "present", None)
    assert str(nobody.id) != student["id"]
    assert nobody.name == "(erased)"


def test_a_student_is_erased_whole_or_not_at_all(
    runtime: Runtime, school: School, student: dict[str, Any]
) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    student_id = UUID(student["id"])

    def erase_and_be_killed() -> None:
        with runtime.store.begin() as work:
            erasure.erase(work, school.id, student_id, "deleted", runtime.clock().date())
            work.before_commit(killed)

    with pytest.raises(KeyboardInterrupt):
        erase_and_be_killed()
    with runtime.store.begin() as work:
        assert len(work.session.scalars(select(Mark)).all()) == 1
        assert erasure.erase(work, school.id, student_id, "deleted", runtime.clock().date()) is not None


def test_a_sighting_under_way_is_swept_up_and_then_the_id_is_forgotten(
    client: TestClient, runtime: Runtime, school: School, student: dict[str, Any]
) -> None:
    client.delete(f"/v1/students/{student['id']}")
    other, now = see(runtime, client, student, school), runtime.clock()
    with runtime.store.begin() as work:
        assert erasure.sweep(work, now - timedelta(days=2), bury_before=now) == 1
        assert erasure.sweep(work, now - timedelta(days=2), bury_before=now + timedelta(seconds=1)) == 0
    assert candidates(runtime) == [str(other)]
    with runtime.store.begin() as work:
        assert work.session.scalars(select(Erasure.tombstone)).all() == [None]


@pytest.mark.parametrize("ended_by", ["consent", ""])
def test_what_was_copied_before_cannot_be_read_after(
    client: TestClient, runtime: Runtime, school: School, student: dict[str, Any], ended_by: str
) -> None:
    student_id = UUID(student["id"])
    with runtime.store.begin() as work:
        copied = work.session.scalars(select(EnrolmentPhoto.sealed)).one()
        before = student_keys.opener(work.session, runtime.vault, school.id, student_id)
        assert before.open(copied) == b"\xff\xd8\xff a picture of Ada"
    client.delete(f"/v1/students/{student_id}/{ended_by}".rstrip("/"))
    with runtime.store.begin() as work:
        assert work.session.scalars(select(StudentKey)).all() == []
        after = student_keys.opener(work.session, runtime.vault, school.id, student_id)
    with pytest.raises(WrongSecretKey):
        after.open(copied)


def test_nobody_else_opens_a_students_pictures(
    client: TestClient, runtime: Runtime, school: School, student: dict[str, Any]
) -> None:
    other = client.post("/v1/students", json={"number": "102", "name": "Bea", "consent": GUARDIAN}).json()
    with runtime.store.begin() as work:
        sealed = work.session.scalars(select(EnrolmentPhoto.sealed)).one()
        beas = student_keys.vault_of(work.session, runtime.vault, school.id, UUID(other["id"]))
        with pytest.raises(WrongSecretKey):
            beas.open(sealed)
