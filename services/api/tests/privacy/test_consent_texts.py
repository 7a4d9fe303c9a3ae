"""What people agree to is kept as versions; a new one may ask everybody to agree anew."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError

from adsum_api.retention.service import purge_expired
from adsum_api.runtime import Runtime
from adsum_store.models import School, Template

WRITTEN = {"basis": "guardian", "given_by": "Anne Lovelace", "relation": "parent", "method": "paper"}
JUNE = "2999-06-30T00:00:00Z"


def add_text(client: TestClient, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/consent-texts", json={"language": "en", "body": "We keep numbers."} | fields)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def add_student(client: TestClient, number: str, **consent: Any) -> dict[str, Any]:
    new = {"number": number, "name": "Ada", "consent": WRITTEN | consent}
    answer = client.post("/v1/students", json=new)
    assert answer.status_code == 201, answer.text
    student: dict[str, Any] = answer.json()
    return student


def ends(client: TestClient, student: dict[str, Any]) -> str | None:
    ended: str | None = client.get(f"/v1/students/{student['id']}").json()["consent"]["expires_at"]
    return ended


def test_texts_are_numbered_and_hashed_and_come_in_languages(client: TestClient) -> None:
    first = add_text(client, body="We keep numbers.")["text"]
    assert (first["version"], first["renew_by"]) == (1, None)
    assert first["sha256"] == sha256(b"We keep numbers.").hexdigest()
    assert add_text(client, language="de", version=1)["text"]["version"] == 1
    assert add_text(client)["text"]["version"] == 2
    listed = client.get("/v1/consent-texts").json()
    assert [(each["version"], each["language"]) for each in listed] == [(1, "de"), (1, "en"), (2, "en")]
    assert client.get(f"/v1/consent-texts/{first['id']}").json() == first
    entries = client.get("/v1/audit", params={"action": "consent_text.added"}).json()
    assert entries[0]["details"]["sha256"] == first["sha256"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"version": 1}, 409),
        ({"version": 3}, 422),
        ({"version": 1, "language": "de", "renew_by": JUNE}, 422),
        ({"renew_by": "2026-01-01T00:00:00Z"}, 422),
        ({"language": "in German"}, 422),
        ({"body": "a\x00b"}, 422),
    ],
)
def test_a_text_that_cannot_be_meant_so_is_refused(
    client: TestClient, fields: dict[str, Any], status: int
) -> None:
    add_text(client)
    answer = client.post("/v1/consent-texts", json={"language": "en", "body": "Other words."} | fields)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("statement", ["UPDATE consent_texts SET body = 'x'", "DELETE FROM consent_texts"])
def test_nobody_edits_a_text(client: TestClient, runtime: Runtime, statement: str) -> None:
    add_text(client)
    with pytest.raises(IntegrityError, match="never edited"), runtime.store.begin() as work:
        work.session.execute(sql(statement))


def test_a_consent_names_the_text_it_was_given_to(client: TestClient) -> None:
    text_id = add_text(client)["text"]["id"]
    assert add_student(client, "1", text_id=text_id)["consent"]["text_id"] == text_id
    unknown = WRITTEN | {"text_id": str(uuid4())}
    assert (
        client.post("/v1/students", json={"number": "2", "name": "B", "consent": unknown}).status_code == 422
    )
    later = add_text(client, valid_from="2026-03-01T00:00:00Z")["text"]["id"]
    early = WRITTEN | {"text_id": later}
    refused = client.post("/v1/students", json={"number": "2", "name": "B", "consent": early})
    assert "valid from 2026-03-01" in refused.json()["detail"]


def test_a_consent_on_paper_bears_its_own_date(client: TestClient) -> None:
    given = add_student(client, "1", given_at="2026-01-07T00:00:00Z")["consent"]
    assert given["granted_at"] == "2026-01-07T00:00:00Z"
    tomorrow = WRITTEN | {"given_at": "2026-02-12T09:30:00Z"}
    refused = client.post("/v1/students", json={"number": "2", "name": "B", "consent": tomorrow})
    assert refused.status_code == 422


def test_a_text_that_asks_for_renewal_ends_what_was_agreed_before(client: TestClient) -> None:
    first = add_text(client)["text"]["id"]
    old, unnamed = add_student(client, "1", text_id=first), add_student(client, "2")
    sooner = add_student(client, "3", expires_at="2998-01-01T00:00:00Z")
    assert add_text(client)["lapsing"] == 0
    added = add_text(client, renew_by=JUNE)
    assert added["lapsing"] == 2
    assert [ends(client, each) for each in (old, unnamed, sooner)] == [JUNE, JUNE, "2998-01-01T00:00:00Z"]
    new = add_student(client, "4", text_id=added["text"]["id"])
    late = add_student(client, "5", text_id=first)
    assert [ends(client, each) for each in (new, late)] == [None, JUNE]


def test_at_the_lapse_the_templates_go_with_the_consent(
    client: TestClient, runtime: Runtime, school: School, clock: Any
) -> None:
    student = add_student(client, "1")
    template = Template(
        school_id=school.id, student_id=UUID(student["id"]), consent_id=UUID(student["consent"]["id"]),
        model_id="test", embedding=np.eye(512, dtype=np.float32)[0], quality=1.0, source="photo",
        source_key="1",
    )  # fmt: skip
    with runtime.store.begin() as work:
        work.session.add(template)
    new = add_text(client, renew_by="2026-03-01T00:00:00Z")["text"]["id"]
    with runtime.store.begin() as work:
        purge_expired(work, clock.now)
    assert client.get(f"/v1/students/{student['id']}").json()["templates"] == 1
    clock.forward(days=20)
    with runtime.store.begin() as work:
        purge_expired(work, clock.now)
    shown = client.get(f"/v1/students/{student['id']}").json()
    assert (shown["templates"], shown["consent"]) == (0, None)
    path = f"/v1/students/{student['id']}/consent"
    assert client.post(path, json=WRITTEN).json()["code"] == "consent-over"
    assert client.post(path, json=WRITTEN | {"text_id": new}).status_code == 201
