"""Join tokens, and credentials that are renewed and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from redis.exceptions import ConnectionError as ServerAway

from adsum_api.cameras import renewing
from adsum_api.cameras.flooding import MOST_BYTES, cut_off_floods
from adsum_api.main import build_app
from adsum_api.ports import FrontDoor
from adsum_api.runtime import Runtime
from adsum_contracts.access import password_hash
from adsum_contracts.commands import Renew
from adsum_contracts.credentials import CameraCredentials, CannotOpen, Joined, opened
from adsum_contracts.events import CommandReply
from adsum_store.models import Camera

TOKEN = "the-token-of-these-tests"
ADDRESS = "rediss://adsum.school.example:6380/0"


@dataclass
class Users:
    """An `IngressUsers` in memory."""

    hashes: dict[UUID, set[str]] = field(default_factory=dict)
    away: bool = False
    held: dict[UUID, int] = field(default_factory=dict)

    def settle(self, camera_id: UUID, hashes: Sequence[str], now: datetime) -> None:
        if self.away:
            raise ServerAway
        self.hashes[camera_id] = set(hashes)

    def held_bytes(self, camera_ids: Sequence[UUID]) -> Sequence[int]:
        return [self.held.get(each, 0) for each in camera_ids]

    def default_is_off(self) -> bool:
        return True

    def drop_events(self, camera_id: UUID) -> None:
        self.held.pop(camera_id, None)

    def let_in(self, credentials: CameraCredentials, camera_id: UUID) -> bool:
        return password_hash(credentials.password) in self.hashes.get(camera_id, set())


@pytest.fixture
def users() -> Users:
    return Users()


@pytest.fixture
def runtime(runtime: Runtime, users: Users) -> Runtime:
    """The runtime of an installation that lets boxes in."""
    return replace(runtime, front_door=FrontDoor(ADDRESS, "-----BEGIN CERTIFICATE-----", users))


@pytest.fixture
def camera_id(client: TestClient) -> UUID:
    room = client.post("/v1/rooms", json={"name": "B12"}).json()["id"]
    return UUID(client.post("/v1/cameras", json={"name": "door", "room_id": room}).json()["id"])


def made(client: TestClient, *cameras: UUID, **asked: Any) -> dict[str, Any]:
    answer = client.post("/v1/join-tokens", json={"camera_ids": [str(each) for each in cameras], **asked})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def joined(client: TestClient, stranger: TestClient, *cameras: UUID) -> Joined:
    answer = stranger.post("/join", json={"token": made(client, *cameras)["token"]})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return Joined.model_validate(answer.json())


def refused(stranger: TestClient, token: str) -> tuple[int, str]:
    answer = stranger.post("/join", json={"token": token})
    return answer.status_code, answer.json()["code"]


def key_of(runtime: Runtime, camera_id: UUID) -> bytes:
    with runtime.store.begin() as work:
        camera = work.session.get_one(Camera, camera_id)
        return runtime.vault.open(camera.key_sealed)


def reply(runtime: Runtime, camera_id: UUID, command_id: UUID) -> None:
    word = CommandReply(
        camera_id=camera_id, spool_id=uuid4(), sequence=1, captured_at=runtime.clock(), command_id=command_id,
        outcome="done",
    )  # fmt: skip
    with runtime.store.begin() as work:
        renewing.note_reply(work, runtime, word, runtime.clock())


def test_a_token_brings_a_box_its_credentials_once(
    client: TestClient, stranger: TestClient, camera_id: UUID, users: Users, runtime: Runtime
) -> None:
    token = made(client, camera_id)
    assert token["command"] == f"adsum-camera join http://testserver --token {token['token']}"
    told = Joined.model_validate(stranger.post("/join", json={"token": token["token"]}).json())
    (camera,) = told.cameras
    assert (camera.id, camera.name, camera.room) == (camera_id, "door", "B12")
    assert (told.ingress_url, told.ca_pem) == (ADDRESS, "-----BEGIN CERTIFICATE-----")
    assert users.let_in(camera.credentials, camera_id)
    assert camera.credentials.key_bytes == key_of(runtime, camera_id)
    assert refused(stranger, token["token"]) == (409, "join-token-used")


def test_the_record_keeps_neither_token_nor_password(
    client: TestClient, stranger: TestClient, camera_id: UUID, runtime: Runtime
) -> None:
    token = made(client, camera_id)["token"]
    secret = Joined.model_validate(stranger.post("/join", json={"token": token}).json()).cameras[0]
    with runtime.store.begin() as work:
        connection = work.session.connection()
        rows = [
            str(connection.exec_driver_sql(f"SELECT t::text FROM {table} t").all())
            for table in ("join_tokens", "camera_admissions", "audit_entries", "kept_answers", "cameras")
        ]
    assert not [row for row in rows if token in row or secret.credentials.password in row]


def test_a_token_that_is_too_old_or_replaced_or_made_up_lets_nobody_in(
    client: TestClient, stranger: TestClient, camera_id: UUID, clock: Any
) -> None:
    replaced = made(client, camera_id)["token"]
    old = made(client, camera_id, minutes=5)["token"]
    assert refused(stranger, replaced) == (410, "join-token-expired")
    clock.forward(minutes=5)
    assert refused(stranger, old) == (410, "join-token-expired")
    assert refused(stranger, "made-up") == (401, "join-token-unknown")


def test_a_token_still_holds_when_the_ingress_server_was_away(
    client: TestClient, stranger: TestClient, camera_id: UUID, users: Users
) -> None:
    token, users.away = made(client, camera_id)["token"], True
    assert stranger.post("/join", json={"token": token}).status_code == 503
    users.away = False
    assert stranger.post("/join", json={"token": token}).status_code == 200


def test_joining_again_shuts_the_box_before_out(
    client: TestClient, stranger: TestClient, camera_id: UUID, users: Users, runtime: Runtime
) -> None:
    first, second = (joined(client, stranger, camera_id).cameras[0].credentials for _ in range(2))
    assert (users.let_in(first, camera_id), users.let_in(second, camera_id)) == (False, True)
    assert key_of(runtime, camera_id) == second.key_bytes


def test_nobody_gets_a_token_for_what_is_not_there_or_revoked(client: TestClient, camera_id: UUID) -> None:
    asked = {"camera_ids": [str(uuid4())]}
    assert client.post("/v1/join-tokens", json=asked).json()["code"] == "camera-not-found"
    client.patch(f"/v1/cameras/{camera_id}", json={"revoked": True})
    asked = {"camera_ids": [str(camera_id)]}
    assert client.post("/v1/join-tokens", json=asked).json()["code"] == "camera-not-found"


def test_an_installation_without_a_front_door_says_so(runtime: Runtime, camera_id: UUID) -> None:
    shut = build_app(replace(runtime, front_door=None), TOKEN)
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "1"}
    with TestClient(shut, headers=headers) as client:
        answer = client.post("/v1/join-tokens", json={"camera_ids": [str(camera_id)]})
    assert (answer.status_code, answer.json()["code"]) == (409, "no-front-door")


def test_a_box_moves_over_to_new_credentials(
    client: TestClient, stranger: TestClient, camera_id: UUID, users: Users, runtime: Runtime, commands: Any
) -> None:
    old = joined(client, stranger, camera_id).cameras[0].credentials
    told = client.post(f"/v1/cameras/{camera_id}/credentials/rotate", json={}).json()
    assert (told["state"], told["ends_at"]) == ("moving", "2026-02-18T09:30:00Z")
    _, signed_with, command = commands.sent[-1]
    assert isinstance(command, Renew)
    assert signed_with == old.key_bytes
    new = opened(command.closed, camera_id, command.command_id, old.key_bytes)
    assert users.let_in(old, camera_id)
    assert users.let_in(new, camera_id)
    again = client.post(f"/v1/cameras/{camera_id}/credentials/rotate", json={})
    assert again.json()["code"] == "renewal-under-way"

    reply(runtime, camera_id, uuid4())
    assert users.let_in(old, camera_id), "a reply to something else ends nothing"
    reply(runtime, camera_id, command.command_id)
    assert (users.let_in(old, camera_id), users.let_in(new, camera_id)) == (False, True)
    assert key_of(runtime, camera_id) == new.key_bytes
    assert client.get(f"/v1/cameras/{camera_id}/credentials").json()["state"] == "in_force"


def test_a_box_that_never_came_for_its_new_credentials_is_out_after_the_grace(
    client: TestClient, stranger: TestClient, camera_id: UUID, users: Users, runtime: Runtime, clock: Any
) -> None:
    old = joined(client, stranger, camera_id).cameras[0].credentials
    client.post(f"/v1/cameras/{camera_id}/credentials/rotate", json={"grace_hours": 1})
    clock.forward(minutes=59)
    renewing.settle_all(runtime)
    assert users.let_in(old, camera_id)
    clock.forward(minutes=1)
    renewing.settle_all(runtime)
    assert not users.let_in(old, camera_id)
    assert key_of(runtime, camera_id) != old.key_bytes


def test_an_offer_that_could_not_be_told_is_taken_back(
    client: TestClient, stranger: TestClient, camera_id: UUID, runtime: Runtime
) -> None:
    class Away:
        def send(self, *_said: object) -> None:
            raise ServerAway

    joined(client, stranger, camera_id)
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "1"}
    with TestClient(build_app(replace(runtime, commands=Away()), TOKEN), headers=headers) as cut_off:
        answer = cut_off.post(f"/v1/cameras/{camera_id}/credentials/rotate", json={})
    assert answer.status_code == 503
    assert client.get(f"/v1/cameras/{camera_id}/credentials").json()["state"] == "in_force"


@pytest.mark.parametrize("away", [False, True])
def test_shutting_out_is_immediate_even_while_the_ingress_server_is_away(
    client: TestClient, stranger: TestClient, camera_id: UUID, users: Users, runtime: Runtime, away: bool
) -> None:
    box, waiting = (
        joined(client, stranger, camera_id).cameras[0].credentials,
        made(client, camera_id)["token"],
    )
    users.away = away
    assert client.delete(f"/v1/cameras/{camera_id}/credentials").status_code == 204
    assert key_of(runtime, camera_id) != box.key_bytes
    assert client.get(f"/v1/cameras/{camera_id}/credentials").json()["state"] == "shut_out"
    users.away = False
    renewing.settle_all(runtime)
    assert users.hashes[camera_id] == set()
    assert refused(stranger, waiting) == (410, "join-token-expired")


def test_revoking_the_camera_shuts_its_box_out(
    client: TestClient, stranger: TestClient, camera_id: UUID, users: Users
) -> None:
    joined(client, stranger, camera_id)
    client.patch(f"/v1/cameras/{camera_id}", json={"revoked": True})
    assert users.hashes[camera_id] == set()


def test_a_box_that_fills_the_ingress_server_is_cut_off_and_no_other(
    client: TestClient, stranger: TestClient, camera_id: UUID, users: Users, runtime: Runtime
) -> None:
    box = joined(client, stranger, camera_id).cameras[0].credentials
    users.held[camera_id] = MOST_BYTES
    cut_off_floods(runtime)
    assert users.let_in(box, camera_id)
    users.held[camera_id] = MOST_BYTES + 1
    cut_off_floods(runtime)
    assert not users.let_in(box, camera_id)
    assert camera_id not in users.held
    assert key_of(runtime, camera_id) != box.key_bytes
    entries = client.get("/v1/audit", params={"action": "credentials.changed"}).json()
    assert "filled the ingress server" in str(entries)


def test_what_was_never_joined_cannot_be_renewed(client: TestClient, camera_id: UUID) -> None:
    answer = client.post(f"/v1/cameras/{camera_id}/credentials/rotate", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "never-joined")


def test_the_log_says_who_let_boxes_in_and_out(
    client: TestClient, stranger: TestClient, camera_id: UUID
) -> None:
    joined(client, stranger, camera_id)
    client.post(f"/v1/cameras/{camera_id}/credentials/rotate", json={})
    client.delete(f"/v1/cameras/{camera_id}/credentials")
    entries = client.get("/v1/audit", params={"action": "credentials.changed"}).json()
    assert sorted(entry["details"]["what"] for entry in entries) == [
        "joined", "renewed", "revoked", "token made",
    ]  # fmt: skip


def test_renewed_credentials_open_for_their_camera_and_command_alone(
    client: TestClient, stranger: TestClient, camera_id: UUID, commands: Any
) -> None:
    old = joined(client, stranger, camera_id).cameras[0].credentials
    client.post(f"/v1/cameras/{camera_id}/credentials/rotate", json={})
    closed, by = commands.sent[-1][2].closed, commands.sent[-1][2].command_id
    for camera, command, key in ((uuid4(), by, old.key_bytes), (camera_id, uuid4(), old.key_bytes),
                                 (camera_id, by, b"x" * 32)):  # fmt: skip
        with pytest.raises(CannotOpen):
            opened(closed, camera, command, key)
