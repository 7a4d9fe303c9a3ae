"""Rooms, and cameras whose keys are told once."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from adsum_api.runtime import Runtime
from adsum_store.models import Camera, CameraHeartbeat, School


def add_room(client: TestClient, name: str = "B12") -> str:
    answer = client.post("/v1/rooms", json={"name": name})
    assert answer.status_code == 201
    return str(answer.json()["id"])


def add_camera(client: TestClient, name: str = "door", **more: object) -> dict[str, object]:
    room_id = more.pop("room_id", None) or add_room(client, f"room of {name}")
    answer = client.post("/v1/cameras", json={"name": name, "room_id": room_id, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_rooms_are_listed_by_name_and_named_once(client: TestClient) -> None:
    add_room(client, "B12")
    add_room(client, "A1")
    assert [room["name"] for room in client.get("/v1/rooms").json()] == ["A1", "B12"]
    assert client.post("/v1/rooms", json={"name": "A1"}).status_code == 409


def test_a_cameras_key_is_told_once_and_kept_sealed(client: TestClient, runtime: Runtime) -> None:
    camera = add_camera(client, is_default=True)
    key = urlsafe_b64decode(str(camera["key"]))
    assert len(key) == 32
    assert camera["is_default"] is True
    with runtime.store.begin() as work:
        sealed = work.session.scalars(select(Camera.key_sealed)).one()
    assert key not in sealed
    assert runtime.vault.open(sealed) == key
    assert "key" not in client.get(f"/v1/cameras/{camera['id']}").json()


def test_a_camera_needs_a_room(client: TestClient) -> None:
    answer = client.post("/v1/cameras", json={"name": "door", "room_id": str(uuid4())})
    assert (answer.status_code, answer.json()["detail"]) == (422, "there is no such room")


def test_a_cameras_name_is_its_own(client: TestClient) -> None:
    room_id = add_camera(client)["room_id"]
    assert client.post("/v1/cameras", json={"name": "door", "room_id": room_id}).status_code == 409


def test_one_camera_is_the_default(client: TestClient) -> None:
    door = add_camera(client, "door", is_default=True)
    add_camera(client, "window", is_default=True)
    assert [each["name"] for each in client.get("/v1/cameras").json() if each["is_default"]] == ["window"]
    client.patch(f"/v1/cameras/{door['id']}", json={"is_default": True})
    assert [each["name"] for each in client.get("/v1/cameras").json() if each["is_default"]] == ["door"]


def test_the_list_shows_each_cameras_last_heartbeat(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    door = add_camera(client, "door")
    add_camera(client, "window")
    now = runtime.clock()
    with runtime.store.begin() as work:
        for sequence, state in enumerate(("no_signal", "watching")):
            at = now + timedelta(seconds=sequence)
            work.session.add(
                CameraHeartbeat(
                    school_id=school.id, camera_id=UUID(str(door["id"])), spool_id=uuid4(), sequence=sequence,
                    since=at, at=at, state=state, frames=1, frames_dropped=0, faces=0, faces_too_small=0,
                    spool_depth=3, tracks=[],
                )
            )  # fmt: skip
    shown = {each["name"]: each["heartbeat"] for each in client.get("/v1/cameras").json()}
    assert shown == {
        "door": {"state": "watching", "at": "2026-02-11T09:30:01Z", "spool_depth": 3},
        "window": None,
    }


def test_a_revoked_camera_stays_revoked(client: TestClient) -> None:
    camera = add_camera(client)
    assert client.patch(f"/v1/cameras/{camera['id']}", json={"revoked": True}).json()["revoked"] is True
    again = client.patch(f"/v1/cameras/{camera['id']}", json={"revoked": False})
    assert (again.status_code, again.json()["code"]) == (409, "camera-revoked")


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_unknown_camera_is_not_found(client: TestClient, method: str) -> None:
    assert client.request(method, f"/v1/cameras/{uuid4()}", json={}).status_code == 404
