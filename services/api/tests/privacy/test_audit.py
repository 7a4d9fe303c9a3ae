"""The audit log: every entry follows from the one before it, and who meddles with it is found."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.errors import Conflict
from adsum_api.runtime import Runtime
from adsum_store.audit_chain import GENESIS, Entry, Link, hash_of, verify
from adsum_store.models import School
from adsum_store.repositories import audit
from adsum_store.repositories.audit import Action, NewEntry
from adsum_store.unit_of_work import Store

GUARDIAN = {"basis": "guardian", "given_by": "Anne Lovelace"}
NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)


def entry(action: str = "consent.given", at: datetime = NOON) -> Entry:
    return Entry(UUID(int=1), at, "operator", action, ("student", "7"), None, {"templates": 3})


def chained(actions: list[str]) -> list[Link]:
    links, head = [], GENESIS
    for number, action in enumerate(actions):
        links.append(Link(number, entry(action), head, hash_of(entry(action), head)))
        head = links[-1].hash
    return links


@given(st.lists(st.text(), max_size=5))
def test_a_chain_as_it_was_written_holds(actions: list[str]) -> None:
    links = chained(actions)
    verdict = verify(links)
    assert (verdict.entries, verdict.broken) == (len(actions), None)
    assert verdict.head == (links[-1].hash if links else GENESIS)


@given(st.lists(st.text(), min_size=2, max_size=5), st.data())
def test_an_entry_taken_out_changed_or_swapped_breaks_the_chain_there(
    actions: list[str], data: st.DataObject
) -> None:
    links = chained(actions)
    at = data.draw(st.integers(0, len(links) - 2))
    without = links[:at] + links[at + 1 :]
    changed = [
        *links[:at],
        Link(at, entry("changed since"), links[at].before, links[at].hash),
        *links[at + 1 :],
    ]
    swapped = [*links[:at], links[at + 1], links[at], *links[at + 2 :]]
    assert [verify(each).broken for each in (without, changed, swapped)] == [at + 1, at, at + 1]


def test_an_instant_is_hashed_the_same_in_every_zone() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5)))
    assert hash_of(entry(at=there), GENESIS) == hash_of(entry(at=NOON), GENESIS)


def test_what_is_done_is_logged_without_a_name(client: TestClient) -> None:
    new = {"number": "101", "name": "Ada Lovelace", "consent": GUARDIAN}
    student_id = client.post("/v1/students", json=new, headers={"X-Request-ID": "first"}).json()["id"]
    client.delete(f"/v1/students/{student_id}/consent")
    answer = client.get("/v1/audit", params={"subject_id": student_id})
    given_entry, withdrawn = answer.json()
    assert (given_entry["action"], given_entry["request_id"]) == ("consent.given", "first")
    assert (withdrawn["action"], withdrawn["details"]) == ("consent.withdrawn", {"templates": 0})
    assert withdrawn["before"] == given_entry["hash"]
    assert "Lovelace" not in answer.text
    only = client.get("/v1/audit", params={"action": "consent.withdrawn"}).json()
    assert [each["id"] for each in only] == [withdrawn["id"]]


def test_the_log_comes_page_by_page(client: TestClient) -> None:
    for number in range(3):
        client.post("/v1/students", json={"number": str(number), "name": "Ada", "consent": GUARDIAN})
    first = client.get("/v1/audit", params={"limit": 2})
    rest = client.get(first.links["next"]["url"])
    assert [len(first.json()), len(rest.json())] == [2, 1]


def test_what_was_refused_is_not_logged(client: TestClient) -> None:
    new = {"number": "101", "name": "Ada", "consent": GUARDIAN}
    assert [client.post("/v1/students", json=new).status_code for _ in range(2)] == [201, 409]
    assert len(client.get("/v1/audit").json()) == 1


def log(store: Store, school: School, action: Action = Action.CONSENT_GIVEN) -> None:
    with store.begin() as work:
        audit.append(work, NewEntry(school.id, "test", action, ("student", "7")))


def test_writers_at_the_same_time_make_one_chain(store: Store, school: School) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: log(store, school), range(24)))
    with store.begin() as work:
        verdict = audit.verify(work, school.id)
    assert (verdict.entries, verdict.broken) == (24, None)


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"])
def test_nobody_changes_an_entry(store: Store, school: School, statement: str) -> None:
    log(store, school)
    with pytest.raises(IntegrityError, match="append-only"), store.begin() as work:
        work.session.execute(text(statement))


@pytest.mark.parametrize(
    "meddled",
    ["UPDATE audit_entries SET actor = 'x' WHERE id = :second",
     "UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE id = :second",
     "UPDATE audit_entries SET details = '{\"templates\": 0}' WHERE id = :second",
     "DELETE FROM audit_entries WHERE id = :second"],
)  # fmt: skip
def test_who_gets_around_the_trigger_is_found(
    store: Store, school: School, environment: dict[str, str], meddled: str
) -> None:
    for _ in range(3):
        log(store, school)
    with store.begin() as work:
        ids = work.session.scalars(text("SELECT id FROM audit_entries ORDER BY id")).all()
        work.session.execute(text("SET LOCAL session_replication_role = replica"))
        work.session.execute(text(meddled), {"second": ids[1]})
    said = CliRunner().invoke(app, ["audit", "verify", "--json"])
    broken = ids[2] if meddled.startswith("DELETE") else ids[1]
    assert json.loads(said.stdout)["broken"] == broken
    assert isinstance(said.exception, Conflict)
    assert f"entry {broken} " in str(said.exception)


def test_a_log_that_was_cut_off_is_found_by_the_hash_kept_elsewhere(
    runtime: Runtime, store: Store, school: School, environment: dict[str, str]
) -> None:
    log(store, school)
    log(store, school)
    head = json.loads(CliRunner().invoke(app, ["audit", "verify", "--json"]).stdout)["head"]
    assert CliRunner().invoke(app, ["audit", "verify", "--expect", head]).exit_code == 0
    with store.begin() as work:
        work.session.execute(text("SET LOCAL session_replication_role = replica"))
        work.session.execute(text("DELETE FROM audit_entries WHERE id = (SELECT max(id) FROM audit_entries)"))
    cut = CliRunner().invoke(app, ["audit", "verify", "--expect", head])
    assert isinstance(cut.exception, Conflict)
    assert CliRunner().invoke(app, ["audit", "verify"]).exit_code == 0


def actions(client: TestClient) -> list[tuple[str, str, dict[str, object]]]:
    return [
        (each["action"], each["subject_kind"], each["details"]) for each in client.get("/v1/audit").json()
    ]


def test_no_request_changes_anything_without_an_entry(client: TestClient) -> None:
    room = client.post("/v1/rooms", json={"name": "B12"}).json()["id"]
    client.patch(f"/v1/rooms/{room}", json={"name": "B13"}, headers={"If-Match": "*"})
    student = client.post("/v1/students", json={"number": "101", "name": "Ada"}).json()["id"]
    client.post(f"/v1/students/{student}/consent", json=GUARDIAN)
    client.get(f"/v1/students/{student}")
    assert client.post("/v1/rooms", json={"name": "B13"}).status_code == 409
    assert actions(client) == [
        ("request.done", "school", {"operation": "add_room"}),
        ("request.done", "room", {"operation": "change_room"}),
        ("request.done", "school", {"operation": "add_student"}),
        ("consent.given", "student", {"basis": "guardian"}),
    ]


def test_what_is_repeated_with_its_key_is_logged_once(client: TestClient) -> None:
    once = {"Idempotency-Key": "room"}
    for _ in range(2):
        assert client.post("/v1/rooms", json={"name": "B12"}, headers=once).status_code == 201
    assert len(actions(client)) == 1


def test_a_lesson_s_templates_are_noted_once_a_reader(store: Store, school: School) -> None:
    lesson = UUID(int=5)
    for reader in ("recognizer", "recognizer", "other"):
        with store.begin() as work:
            audit.note_templates_read(work, school.id, lesson, reader)
    with store.begin() as work:
        told = audit.about(work, school.id, lesson)
        assert [(each.actor, each.action) for each in told] == [
            ("recognizer", "templates.read"),
            ("other", "templates.read"),
        ]
