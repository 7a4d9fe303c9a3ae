"""An erasure is looked for in every column of every table: the next table cannot be forgotten here."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import inspect, select, text

from adsum_api.runtime import Runtime
from adsum_store.models import KeptAnswer, School
from adsum_store.sealing import Vault, new_secret_key
from adsum_store.unit_of_work import Store

NAME, NUMBER = "Zyxara Quillfeather", "q93817465"
OTHER = "Somebody else, who stays"
SAID = f"told us by {NAME}"

WHERE_THE_ID_STAYS = {
    "audit_entries.subject_id", "deletions.row_id", "erasures.tombstone", "outbox.key", "outbox.payload",
    "outbox.dedupe_key", "outbox_streams.key",
}  # fmt: skip
"""A random number that nothing else knows any more: who did what with it, and that it is to be forgotten,
for as long as the clocks of these tables run."""


def post(client: TestClient, path: str, body: Any) -> Any:
    answer = client.post(f"/v1{path}", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code < 300, f"{path}: {answer.text}"
    return answer.json()


@pytest.fixture
def student_id(client: TestClient) -> str:
    """A student of whom every ordinary request tells, with another who is left alone."""
    rows = [
        {"number": NUMBER, "name": "Zyx"},
        {"number": "2", "name": OTHER},
        {"number": NUMBER, "name": "x"},
    ]
    made, other, refused = post(client, "/students/bulk", {"students": rows})["results"]
    assert refused["status"] == 409
    student = f"/students/{made['id']}"
    client.patch(f"/v1{student}", json={"name": NAME})
    section = post(client, "/sections", {"name": "7b"})["id"]
    enrolled = [{"student_id": each["id"]} for each in (made, other)]
    post(client, f"/sections/{section}/enrolments/bulk", {"enrolments": enrolled})
    guardian = post(client, f"{student}/guardians", {"name": NAME, "relation": "parent"})["id"]
    post(client, f"{student}/guardians/{guardian}/consent", {"method": "paper"})
    post(client, f"{student}/guardians/{guardian}/refusal", {"note": SAID})
    absent = {"starts_on": "2026-03-01", "ends_on": "2026-03-02", "kind": "family", "told_by": NAME}
    post(client, "/absences", {"student_id": made["id"], **absent})
    _hold_a_lesson(client, section, [made["id"], other["id"]])
    post(client, f"{student}/check-in-links", {})
    client.post("/register/", data={"student_id": NUMBER, "name": NAME}, files={"file": b"no picture"})
    assert client.get("/v1/students", params={"q": NAME}).status_code == 200
    return str(made["id"])


def _hold_a_lesson(client: TestClient, section: str, students: list[str]) -> None:
    room = post(client, "/rooms", {"name": "101"})["id"]
    times = {"starts_at": "2026-02-11T09:00:00Z", "ends_at": "2026-02-11T09:20:00Z"}
    lesson = "/lessons/" + post(client, "/lessons", {"room_id": room, "section_id": section, **times})["id"]
    marks = [{"student_id": each, "status": "present", "reason": SAID} for each in students]
    post(client, f"{lesson}/marks/bulk", {"marks": marks})
    post(client, f"{lesson}/close", {})
    post(client, f"{lesson}/finalise", {})
    post(client, f"{lesson}/reopen", {"reason": SAID})


def tellers(store: Store, runtime: Runtime, words: list[str]) -> dict[str, list[str]]:
    """Return the columns of the record in which one of the words stands, sealed answers opened."""
    tables = inspect(store.engine).get_table_names()
    found: dict[str, list[str]] = {}
    with store.begin() as work:
        for table in tables:
            rows = work.session.execute(text(f'SELECT to_jsonb(t) AS row FROM "{table}" t')).scalars()
            for row in rows:
                for column, value in row.items():
                    if any(word.lower() in str(value).lower() for word in words):
                        found.setdefault(f"{table}.{column}", []).append(str(value))
        for kept in work.session.scalars(select(KeptAnswer)):
            answer = json.loads(runtime.vault.open(kept.sealed))
            told = b64decode(answer["body"]).decode(errors="replace") + str(answer["headers"])
            if any(word.lower() in told.lower() for word in words):
                found.setdefault("kept_answers.sealed", []).append(told)
    return found


def test_an_erased_student_stands_nowhere(
    client: TestClient, student_id: str, store: Store, runtime: Runtime
) -> None:
    named, known = ["Quillfeather", NUMBER], [student_id]
    before = tellers(store, runtime, named)
    assert {"students.name", "marks.reason", "register_signings.reason", "kept_answers.sealed"} <= set(before)
    post(client, f"/students/{student_id}/erasure", {})
    assert tellers(store, runtime, named) == {}
    assert set(tellers(store, runtime, known)) == WHERE_THE_ID_STAYS
    reasons = client.get("/v1/audit", params={"action": "register.reopened"}).text
    assert "Quillfeather" not in reasons


def test_anonymised_marks_name_nobody_either(
    client: TestClient, student_id: str, store: Store, runtime: Runtime
) -> None:
    client.patch("/v1/school", json={"erased_marks": "anonymised"})
    post(client, f"/students/{student_id}/erasure", {})
    assert tellers(store, runtime, ["Quillfeather", NUMBER]) == {}
    assert set(tellers(store, runtime, [student_id])) == WHERE_THE_ID_STAYS
    register = client.get("/v1/lessons").json()[0]["id"]
    told = client.get(f"/v1/lessons/{register}/register").text
    assert "(erased)" in told


def test_an_answer_about_others_is_kept(client: TestClient, student_id: str) -> None:
    key, body = {"Idempotency-Key": "of-another"}, {"students": [{"number": "3", "name": "Cem"}]}
    first = client.post("/v1/students/bulk", json=body, headers=key)
    post(client, f"/students/{student_id}/erasure", {})
    again = client.post("/v1/students/bulk", json=body, headers=key)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"


def test_an_answer_sealed_with_a_key_that_is_gone_keeps_nobody_from_being_erased(
    client: TestClient, student_id: str, store: Store, school: School
) -> None:
    another = Vault(new_secret_key())
    with store.begin() as work:
        work.session.add(
            KeptAnswer(
                school_id=school.id, caller="x", key="y", fingerprint=b"", sealed=another.seal(b"{}"),
                student_id=None,
            )
        )  # fmt: skip
    post(client, f"/students/{student_id}/erasure", {})
    with store.begin() as work:
        assert work.session.scalars(select(KeptAnswer).where(KeptAnswer.caller == "x")).all() == []
