"""Consents end, students may refuse, and the law of the school's place is kept."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.retention.service import purge_expired
from adsum_api.runtime import Runtime
from adsum_store.jurisdictions import LAWS, refusal_of
from adsum_store.models import Consent, School, Student, Template
from adsum_store.repositories import kept_crops
from adsum_store.repositories.consent_held import FORBIDDEN, held_consent
from adsum_store.repositories.kept_crops import NewCrop

WRITTEN = {"basis": "guardian", "given_by": "Anne Lovelace", "relation": "parent", "method": "paper"}
ATTESTED = {"basis": "attested_by_operator", "given_by": "office"}


def add(client: TestClient, number: str = "101", **consent: str) -> dict[str, Any]:
    new = {"number": number, "name": "Ada", "consent": WRITTEN | consent}
    made: dict[str, Any] = client.post("/v1/students", json=new).json()
    return made


def enrol(runtime: Runtime, school: School, student: dict[str, Any]) -> None:
    with runtime.store.begin() as work:
        work.session.add(
            Template(
                school_id=school.id, student_id=UUID(student["id"]),
                consent_id=UUID(student["consent"]["id"]), model_id="test",
                embedding=np.eye(512, dtype=np.float32)[0], quality=1.0, source="photo",
                source_key=str(uuid4()),
            )
        )  # fmt: skip


def templates(runtime: Runtime) -> int:
    with runtime.store.begin() as work:
        return len(work.session.scalars(select(Template.id)).all())


def test_the_database_takes_no_template_on_a_consent_that_has_ended(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    ended = add(client, expires_at="2026-02-12T00:00:00Z")  # after the test's clock, before the database's
    with pytest.raises(IntegrityError, match="consent has ended"):
        enrol(runtime, school, ended)
    with runtime.store.begin() as work:
        assert held_consent(work.session, school.id, UUID(ended["id"])) is None


def test_a_consent_that_has_ended_takes_its_templates_with_it(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    student = add(client, expires_at="2999-01-01T00:00:00Z")
    enrol(runtime, school, student)
    with runtime.store.begin() as work:
        work.session.execute(update(Consent).values(expires_at=runtime.clock()))
        purge_expired(work, runtime.clock())
    assert templates(runtime) == 0
    assert client.get(f"/v1/students/{student['id']}").json()["consent"] is None
    assert len(client.get("/v1/audit", params={"action": "consent.expired"}).json()) == 1


def test_the_students_own_refusal_is_a_veto(client: TestClient, runtime: Runtime, school: School) -> None:
    student = add(client)
    enrol(runtime, school, student)
    refused = client.post(f"/v1/students/{student['id']}/refusal").json()
    assert (refused["consent"], templates(runtime)) == (None, 0)
    assert refused["refuses_since"] == "2026-02-11T09:30:00Z"
    again = client.post(f"/v1/students/{student['id']}/consent", json=WRITTEN)
    assert again.json()["code"] == "student-refuses"
    assert client.delete(f"/v1/students/{student['id']}/refusal").json()["refuses_since"] is None
    assert client.post(f"/v1/students/{student['id']}/consent", json=WRITTEN).status_code == 201


def test_the_database_keeps_a_veto_whoever_writes(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    student = add(client)
    with runtime.store.begin() as work:
        work.session.execute(update(Student).values(refuses_since=runtime.clock()))
    with pytest.raises(IntegrityError, match="refused"):
        enrol(runtime, school, student)


def test_new_york_has_no_faces_and_registers_by_hand(client: TestClient) -> None:
    assert client.patch("/v1/school", json={"jurisdiction": "us-ny-k12"}).status_code == 200
    made = client.post("/v1/students", json={"number": "101", "name": "Ada"}).json()
    for path, what in (
        ("consent", {"json": WRITTEN}),
        ("photos", {"files": [("photos", b"\xff\xd8\xff x")]}),
    ):
        refused = client.post(f"/v1/students/{made['id']}/{path}", **what)  # type: ignore[arg-type]
        assert (refused.status_code, refused.json()["code"]) == (409, "faces-refused")
        assert "New York" in refused.json()["detail"]
    room = client.post("/v1/rooms", json={"name": "1"}).json()["id"]
    hours = {"room_id": room, "starts_at": "2026-02-11T09:00:00Z", "ends_at": "2026-02-11T10:00:00Z"}
    lesson = client.post("/v1/lessons", json=hours).json()["id"]
    mark = {"student_id": made["id"], "status": "present", "source": "office"}
    assert client.post(f"/v1/lessons/{lesson}/marks", json=mark).status_code == 201


def test_a_school_with_faces_cannot_move_to_new_york(client: TestClient) -> None:
    add(client)
    assert client.patch("/v1/school", json={"jurisdiction": "us-ny-k12"}).json()["code"] == "faces-there"


def test_the_union_asks_for_an_assessment_before_the_first_face(client: TestClient) -> None:
    client.patch("/v1/school", json={"jurisdiction": "eu"})
    photos = {"files": [("photos", b"\xff\xd8\xff x")]}
    path = f"/v1/students/{add(client)['id']}/photos"
    assert client.post(path, **photos).json()["code"] == "faces-refused"  # type: ignore[arg-type]
    client.patch("/v1/school", json={"dpia_reference": "DPIA 2026/7"})
    assert client.post(path, **photos).status_code == 202  # type: ignore[arg-type]


def test_illinois_asks_for_writing_and_for_an_end(client: TestClient) -> None:
    client.patch("/v1/school", json={"jurisdiction": "us-il"})
    for spoken in (ATTESTED, WRITTEN | {"method": "verbal"}):
        refused = client.post("/v1/students", json={"number": "1", "name": "Ada", "consent": spoken})
        assert refused.json()["code"] == "writing-missing"
    assert add(client)["consent"]["expires_at"] == "2029-02-10T09:30:00Z"


def test_the_table_of_laws() -> None:
    assert refusal_of("unspecified", None) is None
    assert {place for place, law in LAWS.items() if law.refusal} == {FORBIDDEN}
    assert "(GDPR 35)" in str(refusal_of("eu", None))


def test_a_person_gets_everything_that_is_held_of_them_and_of_nobody_else(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    ada, bea = add(client), add(client, "102")
    enrol(runtime, school, ada)
    client.post(f"/v1/students/{ada['id']}/photos", files=[("photos", b"\xff\xd8\xff a picture of Ada")])
    client.post(f"/v1/students/{bea['id']}/photos", files=[("photos", b"\xff\xd8\xff a picture of Bea")])
    with runtime.store.begin() as work:
        sealed = runtime.vault.seal(b"1" + bytes(112) + b"a face of Ada")
        kept_crops.add(work.session, NewCrop(school.id, UUID(ada["id"]), sealed, 0.9, "photo", "job:0"))
    answer = client.post(f"/v1/students/{ada['id']}/subject-access")
    assert answer.headers["content-type"] == "application/zip"
    with ZipFile(BytesIO(answer.content)) as packed:
        told = json.loads(packed.read("data.json"))
        pictures = sorted(packed.read(name) for name in packed.namelist() if name.startswith("pictures/"))
        page = packed.read("read-me.html").decode()
    assert pictures == [b"a face of Ada", b"\xff\xd8\xff a picture of Ada"]
    assert [len(told[kind]) for kind in ("student", "consents", "templates", "audit")] == [1, 1, 1, 2]
    assert bea["id"] not in json.dumps(told)
    assert "embedding" not in page
    assert "Ada" in page
    logged = client.get("/v1/audit", params={"action": "student.exported"}).json()
    assert [each["subject_id"] for each in logged] == [ada["id"]]


def test_the_office_exports_a_subject_into_a_file_of_its_own(
    client: TestClient, environment: dict[str, str], tmp_path: Path
) -> None:
    add(client)
    out = tmp_path / "101.zip"
    said = CliRunner().invoke(app, ["export", "subject", "101", "--out", str(out)])
    assert said.exit_code == 0, said.output
    assert out.stat().st_mode & 0o77 == 0
    assert "data.json" in ZipFile(out).namelist()
