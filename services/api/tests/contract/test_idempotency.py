"""A POST of `/v1` that is sent twice with its key is done once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from kombu.exceptions import OperationalError as BrokerAway
from sqlalchemy import func, select

from adsum_api.contract.idempotency import KEPT_FOR, REPLAYED
from adsum_api.retention.service import purge_expired
from adsum_store.models import KeptAnswer, Room, School
from adsum_store.repositories import kept_answers
from adsum_store.repositories.kept_answers import AnswerKey
from adsum_store.unit_of_work import Store

TOKEN = "the-token-of-these-tests"
ROOM = {"name": "B12"}


@pytest.fixture
def bare(api: FastAPI) -> Iterator[TestClient]:
    """A caller with the token, who sends no key of itself."""
    with TestClient(api, headers={"Authorization": f"Bearer {TOKEN}"}, raise_server_exceptions=False) as bare:
        yield bare


def post(client: TestClient, path: str, body: Any, key: str) -> Any:
    return client.post(path, json=body, headers={"Idempotency-Key": key})


def rows(store: Store, model: Any) -> int:
    with store.begin() as work:
        return work.session.scalars(select(func.count()).select_from(model)).one()


def test_every_post_of_v1_asks_for_a_key_and_no_other_route_does(api: FastAPI) -> None:
    asking = {
        (path, method)
        for path, operations in api.openapi()["paths"].items()
        for method, operation in operations.items()
        for each in operation.get("parameters", ())
        if each["name"].lower() == "idempotency-key" and each["required"]
    }
    posts = {(path, "post") for path, told in api.openapi()["paths"].items() if "post" in told}
    assert asking == {(path, method) for path, method in posts if path.startswith("/v1/")}
    assert asking < posts


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 201, "smörgås"])
def test_a_post_without_a_key_is_refused(bare: TestClient, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key.encode()}
    refused = bare.post("/v1/rooms", json=ROOM, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-missing")


def test_the_same_request_gets_the_same_answer_and_is_done_once(bare: TestClient, store: Store) -> None:
    first = post(bare, "/v1/rooms", ROOM, "a-key")
    again = post(bare, "/v1/rooms", ROOM, '"a-key"')
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert (first.headers.get(REPLAYED), again.headers[REPLAYED]) == (None, "true")
    assert again.headers["content-type"] == first.headers["content-type"]
    assert rows(store, Room) == 1


def test_a_key_that_came_with_another_request_is_refused(bare: TestClient) -> None:
    post(bare, "/v1/rooms", ROOM, "a-key")
    for path, body in (("/v1/rooms", {"name": "C1"}), ("/v1/sections", ROOM)):
        refused = post(bare, path, body, "a-key")
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")


def test_who_comes_while_the_first_is_under_way_is_told_so(
    bare: TestClient, store: Store, school: School
) -> None:
    with store.begin() as work:
        assert kept_answers.claim(work, AnswerKey(school.id, "operator", "a-key"))
        refused = post(bare, "/v1/rooms", ROOM, "a-key")
    assert (refused.status_code, refused.json()["code"]) == (409, "request-under-way")
    assert post(bare, "/v1/rooms", ROOM, "a-key").status_code == 201


def test_what_was_refused_may_be_mended_and_sent_with_its_key(bare: TestClient, store: Store) -> None:
    assert post(bare, "/v1/rooms", {"name": ""}, "a-key").status_code == 422
    assert rows(store, KeptAnswer) == 0
    assert post(bare, "/v1/rooms", ROOM, "a-key").status_code == 201


def test_an_answer_is_kept_for_a_day(bare: TestClient, store: Store, clock: Any) -> None:
    post(bare, "/v1/rooms", ROOM, "a-key")
    with store.begin() as work:
        clock.now = work.session.scalars(select(KeptAnswer.created_at)).one() + KEPT_FOR
        purge_expired(work, clock.now)
    assert rows(store, KeptAnswer) == 1
    assert post(bare, "/v1/rooms", ROOM, "a-key").headers[REPLAYED] == "true"
    clock.forward(seconds=1)
    assert post(bare, "/v1/rooms", ROOM, "a-key").json()["code"] == "conflict"  # done anew: the name is taken
    with store.begin() as work:
        purge_expired(work, clock.now)
    assert rows(store, KeptAnswer) == 0


def test_an_answer_is_kept_sealed(bare: TestClient, store: Store) -> None:
    room_id = post(bare, "/v1/rooms", ROOM, "room").json()["id"]
    camera = post(bare, "/v1/cameras", {"name": "door", "room_id": room_id}, "camera").json()
    with store.begin() as work:
        sealed = work.session.scalars(select(KeptAnswer.sealed)).all()
    assert not any(camera["key"].encode() in each for each in sealed)


def test_an_answer_about_a_student_is_erased_with_them(bare: TestClient, store: Store) -> None:
    student = post(bare, "/v1/students", {"number": "101", "name": "Ada"}, "student").json()
    consent = {"basis": "guardian", "given_by": "Her mother"}
    post(bare, f"/v1/students/{student['id']}/consent", consent, "consent")
    post(bare, "/v1/rooms", ROOM, "room")
    assert rows(store, KeptAnswer) == 3
    bare.delete(f"/v1/students/{student['id']}")
    assert rows(store, KeptAnswer) == 1


def test_photos_are_the_same_however_their_form_is_parted(bare: TestClient, tasks: Any) -> None:
    student = post(bare, "/v1/students", {"number": "101", "name": "Ada"}, "student").json()["id"]
    consent = {"basis": "guardian", "given_by": "Her mother"}
    post(bare, f"/v1/students/{student}/consent", consent, "consent")
    path, key = f"/v1/students/{student}/photos", {"Idempotency-Key": str(uuid4())}
    png = b"\x89PNG\r\n\x1a\n" + bytes(600_000)
    first, again = (bare.post(path, files=[("photos", ("a.png", png))], headers=key) for _ in range(2))
    assert (first.status_code, again.json()) == (202, first.json()), first.text
    assert len(tasks.sent) == 1
    other = bare.post(path, files=[("photos", ("a.png", png + b"x"))], headers=key)
    assert other.status_code == 422


def test_what_could_not_be_told_is_done_again(bare: TestClient, store: Store, tasks: Any) -> None:
    student = post(bare, "/v1/students", {"number": "101", "name": "Ada"}, "student").json()["id"]
    consent = {"basis": "guardian", "given_by": "Her mother"}
    post(bare, f"/v1/students/{student}/consent", consent, "consent")
    path, headers, send = f"/v1/students/{student}/photos", {"Idempotency-Key": "photos"}, tasks.send

    def away(*_: Any) -> None:
        raise BrokerAway

    tasks.send = away
    files = [("photos", ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(64)))]
    assert bare.post(path, files=files, headers=headers).status_code == 503
    tasks.send = send
    assert bare.post(path, files=files, headers=headers).status_code == 202
    assert len(tasks.sent) == 1
