"""Students, their consents, and what a withdrawal takes with it."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread
from uuid import UUID, uuid4

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from adsum_api.runtime import Runtime
from adsum_store.models import Base, Consent, EnrolmentJob, EnrolmentPhoto, School, Student, Template
from adsum_store.repositories import consents

GUARDIAN = {"basis": "guardian", "given_by": "Anne Lovelace"}
ATTESTED = {"basis": "attested_by_operator", "given_by": "office"}


def add_student(client: TestClient, number: str = "101", name: str = "Ada", **more: object) -> UUID:
    answer = client.post("/v1/students", json={"number": number, "name": name, **more})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def give_template(runtime: Runtime, school: School, student_id: UUID) -> None:
    with runtime.store.begin() as work:
        consent = consents.active(work, school.id, student_id)
        assert consent is not None
        work.session.add(
            Template(
                school_id=school.id,
                student_id=student_id,
                consent_id=consent.id,
                model_id="test",
                embedding=np.eye(512, dtype=np.float32)[0],
                quality=1.0,
                source="photo",
                source_key=str(uuid4()),
            )
        )


def count(runtime: Runtime, table: type[Base]) -> int:
    with runtime.store.begin() as work:
        return work.session.scalars(select(func.count()).select_from(table)).one()


def test_a_student_is_added_shown_renamed_and_erased(client: TestClient, runtime: Runtime) -> None:
    student_id = add_student(client, " 101 ", "Ada", consent=GUARDIAN)
    shown = client.get(f"/v1/students/{student_id}").json()
    assert (shown["number"], shown["name"], shown["templates"]) == ("101", "Ada", 0)
    assert shown["consent"]["basis"] == "guardian"
    renamed = client.patch(f"/v1/students/{student_id}", json={"name": "Ada Lovelace"})
    assert renamed.json()["name"] == "Ada Lovelace"
    assert client.delete(f"/v1/students/{student_id}").status_code == 204
    assert client.get(f"/v1/students/{student_id}").status_code == 404
    assert count(runtime, Consent) == 0


def test_a_number_belongs_to_one_student(client: TestClient) -> None:
    add_student(client)
    answer = client.post("/v1/students", json={"number": "101", "name": "Bea"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "another student has this number"


@pytest.mark.parametrize(
    "body",
    [{}, {"number": "", "name": "Ada"}, {"number": "1", "name": "a\nb"}, {"number": "1\x00", "name": "Ada"},
     {"number": "1", "name": "Ada", "age": 12}, {"number": "1" * 65, "name": "Ada"},
     {"number": "1", "name": "Ada", "consent": {"basis": "nobody", "given_by": "x"}}],
)  # fmt: skip
def test_a_student_that_cannot_be_meant_is_refused(client: TestClient, body: dict[str, object]) -> None:
    answer = client.post("/v1/students", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_student_is_not_found(client: TestClient, method: str) -> None:
    answer = client.request(method, f"/v1/students/{uuid4()}", json={"name": "Ada"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "student-not-found"


@pytest.mark.parametrize(("q", "numbers"), [("ada", ["101"]), ("10", ["101", "102"]), ("%", []), ("02", [])])
def test_students_are_found_by_name_or_number(client: TestClient, q: str, numbers: list[str]) -> None:
    add_student(client, "101", "Ada")
    add_student(client, "102", "Bea")
    found = client.get("/v1/students", params={"q": q}).json()
    assert [each["number"] for each in found] == numbers


def test_a_second_active_consent_is_refused(client: TestClient) -> None:
    student_id = add_student(client, consent=GUARDIAN)
    assert client.post(f"/v1/students/{student_id}/consent", json=GUARDIAN).status_code == 409


def test_a_school_may_refuse_attested_consents(client: TestClient) -> None:
    assert client.patch("/v1/school", json={"allow_attested_consent": False}).status_code == 200
    refused = client.post("/v1/students", json={"number": "101", "name": "Ada", "consent": ATTESTED})
    assert (refused.status_code, refused.json()["code"]) == (409, "attestation-off")
    assert client.get("/v1/students").json() == [], "nothing of the request was kept"
    add_student(client, consent=GUARDIAN)


def test_a_withdrawal_deletes_templates_and_photos_and_leaves_a_receipt(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    student_id = add_student(client, consent=GUARDIAN)
    client.post(
        f"/v1/students/{student_id}/photos",
        files=[("photos", b"\xff\xd8\xff one"), ("photos", b"\xff\xd8\xff two")],
    )
    give_template(runtime, school, student_id)
    receipt = client.delete(f"/v1/students/{student_id}/consent").json()
    assert [receipt[f"{part}"] for part in ("templates_deleted", "photos_deleted", "jobs_stopped")] == [
        1,
        2,
        1,
    ]
    assert receipt["withdrawn_at"] == "2026-02-11T09:30:00Z"
    assert (count(runtime, Template), count(runtime, EnrolmentPhoto)) == (0, 0)
    with runtime.store.begin() as work:
        assert work.session.scalars(select(EnrolmentJob.error)).one() == "consent_withdrawn"
        consent = work.session.scalars(select(Consent)).one()
    assert (consent.active, consent.withdrawn_at) == (False, datetime(2026, 2, 11, 9, 30, tzinfo=UTC))
    assert client.delete(f"/v1/students/{student_id}/consent").json()["code"] == "consent-missing"


def test_an_operators_word_does_not_stand_against_a_withdrawal(client: TestClient) -> None:
    student_id = add_student(client, consent=GUARDIAN)
    client.delete(f"/v1/students/{student_id}/consent")
    refused = client.post(f"/v1/students/{student_id}/consent", json=ATTESTED)
    assert (refused.status_code, refused.json()["code"]) == (409, "consent-withdrawn")
    assert client.post(f"/v1/students/{student_id}/consent", json=GUARDIAN).status_code == 201


def test_photos_on_their_way_in_never_win_against_a_withdrawal(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    student_id = add_student(client, consent=GUARDIAN)
    answers: list[int] = []

    def upload() -> None:
        answer = client.post(f"/v1/students/{student_id}/photos", files=[("photos", b"\xff\xd8\xff one")])
        answers.append(answer.status_code)

    with runtime.store.begin() as work:
        consents.withdraw(work, school.id, student_id, runtime.clock())
        late = Thread(target=upload)
        late.start()
        late.join(0.3)
        assert late.is_alive(), "the upload waits for the withdrawal"
    late.join()
    assert answers == [409]
    assert count(runtime, EnrolmentPhoto) == 0


def test_a_withdrawal_waits_for_photos_on_their_way_in_and_deletes_them(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    student_id = add_student(client, consent=GUARDIAN)
    receipts: list[dict[str, int]] = []
    with runtime.store.begin() as work:
        assert consents.active(work, school.id, student_id) is not None
        withdrawal = Thread(
            target=lambda: receipts.append(client.delete(f"/v1/students/{student_id}/consent").json())
        )
        withdrawal.start()
        withdrawal.join(0.3)
        assert withdrawal.is_alive()
        job = EnrolmentJob(school_id=school.id, student_id=student_id, source="photos", wanted=1)
        work.session.add(job)
        work.session.flush()
        photo = EnrolmentPhoto(
            school_id=school.id, job_id=job.id, index=0, sealed=b"x", expires_at=runtime.clock()
        )
        work.session.add(photo)
    withdrawal.join()
    assert (receipts[0]["photos_deleted"], count(runtime, EnrolmentPhoto)) == (1, 0)


def test_erasing_a_student_leaves_nothing(client: TestClient, runtime: Runtime, school: School) -> None:
    student_id = add_student(client, consent=GUARDIAN)
    client.post(f"/v1/students/{student_id}/photos", files=[("photos", b"\xff\xd8\xff one")])
    give_template(runtime, school, student_id)
    client.delete(f"/v1/students/{student_id}")
    tables = (Student, Consent, Template, EnrolmentJob, EnrolmentPhoto)
    assert [count(runtime, table) for table in tables] == [0] * 5
