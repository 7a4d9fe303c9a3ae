"""Cameras hear of the lessons in their room: when there is news, and never at the cost of a lesson."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from adsum_api.adapters.camera_commands import RedisCameraCommands
from adsum_api.lessons.hours import AHEAD, MOST, digest_of, hours_of
from adsum_api.lessons.telling import tell_all
from adsum_api.main import build_app
from adsum_api.runtime import Runtime
from adsum_contracts.commands import CAMERA_COMMAND, AnyCommand, Configure
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import commands_stream
from adsum_contracts.sealing import unseal
from adsum_store.models import CameraHeartbeat, School

NOW = datetime(2026, 2, 11, 9, 30, tzinfo=UTC)
TOKEN = {"Authorization": "Bearer the-token-of-these-tests"}


def hour_of(name: str) -> tuple[datetime, datetime]:
    start = datetime(2026, 2, 11, int(name), tzinfo=UTC)
    return start, start + timedelta(hours=1)


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def add_room(client: TestClient, name: str) -> str:
    return str(client.post("/v1/rooms", json={"name": name}, headers=new_key()).json()["id"])


def add_camera(client: TestClient, name: str, room_id: str) -> str:
    return str(
        client.post("/v1/cameras", json={"name": name, "room_id": room_id}, headers=new_key()).json()["id"]
    )


def add_lesson(client: TestClient, room_id: str, hour: str) -> str:
    start, end = hour_of(hour)
    body = {"room_id": room_id, "starts_at": start.isoformat(), "ends_at": end.isoformat()}
    answer = client.post("/v1/lessons", json=body, headers=new_key())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def told(commands: Any, camera_id: str) -> list[Sequence[int]]:
    """The hours at which the lessons begin, of each command that this camera got."""
    return [
        [each.starts_at.hour for each in command.lessons]
        for camera, _, command in commands.sent
        if camera == UUID(camera_id) and isinstance(command, Configure)
    ]


def test_a_rooms_cameras_hear_of_its_lessons_soonest_first_and_once(
    client: TestClient, runtime: Runtime, commands: Any
) -> None:
    room, elsewhere = add_room(client, "1"), add_room(client, "2")
    front, other = add_camera(client, "front", room), add_camera(client, "other", elsewhere)
    assert commands.sent == [], "there is no lesson yet"
    add_lesson(client, room, "14")
    add_lesson(client, room, "11")
    assert told(commands, front) == [[14], [11, 14]]
    assert told(commands, other) == []
    tell_all(runtime)
    assert len(told(commands, front)) == 2, "nothing is new"


def test_a_camera_that_is_added_or_moved_hears_of_its_new_room(client: TestClient, commands: Any) -> None:
    room, elsewhere = add_room(client, "1"), add_room(client, "2")
    add_lesson(client, room, "11")
    add_lesson(client, elsewhere, "13")
    front = add_camera(client, "front", room)
    client.patch(f"/v1/cameras/{front}", json={"name": "back"})
    client.patch(f"/v1/cameras/{front}", json={"room_id": elsewhere})
    assert told(commands, front) == [[11], [13]]


def test_a_lesson_that_is_ended_or_over_is_no_longer_told(
    client: TestClient, runtime: Runtime, commands: Any, clock: Any
) -> None:
    room = add_room(client, "1")
    front = add_camera(client, "front", room)
    lesson = add_lesson(client, room, "9")
    add_lesson(client, room, "10")
    client.post(f"/v1/lessons/{lesson}/close")
    assert told(commands, front) == [[9], [9, 10], [10]]
    clock.forward(hours=3)
    tell_all(runtime)
    assert told(commands, front)[-1] == []


def test_a_box_that_lost_its_memory_is_told_again_by_beat(
    client: TestClient, runtime: Runtime, school: School, commands: Any
) -> None:
    room = add_room(client, "1")
    front = add_camera(client, "front", room)
    add_lesson(client, room, "11")
    for spool_id in (uuid4(), uuid4()):
        with runtime.store.begin() as work:
            work.session.add(
                CameraHeartbeat(
                    school_id=school.id, camera_id=UUID(front), spool_id=spool_id, sequence=0,
                    since=runtime.clock(), at=runtime.clock() + timedelta(seconds=len(commands.sent)),
                    state="watching", frames=1, frames_dropped=0, faces=0, faces_too_small=0, spool_depth=0,
                    tracks=[],
                )
            )  # fmt: skip
        tell_all(runtime)
        tell_all(runtime)
    assert told(commands, front) == [[11], [11], [11]]


def test_a_revoked_camera_is_told_nothing(client: TestClient, runtime: Runtime, commands: Any) -> None:
    room = add_room(client, "1")
    front = add_camera(client, "front", room)
    client.patch(f"/v1/cameras/{front}", json={"revoked": True})
    add_lesson(client, room, "11")
    tell_all(runtime)
    assert commands.sent == []


class Away:
    """A `CameraCommands` whose server is away."""

    def send(self, camera_id: UUID, key: bytes, command: AnyCommand) -> None:
        raise RedisAway("away")


def test_a_lesson_is_opened_while_the_ingress_is_away_and_told_later(
    client: TestClient, runtime: Runtime, commands: Any
) -> None:
    room = add_room(client, "1")
    front = add_camera(client, "front", room)
    away = replace(runtime, commands=Away())
    with TestClient(build_app(away, "the-token-of-these-tests"), headers=TOKEN) as caller:
        add_lesson(caller, room, "11")
    tell_all(away)
    assert told(commands, front) == []
    tell_all(runtime)
    assert told(commands, front) == [[11]]


def test_the_command_is_signed_with_the_cameras_key(runtime: Runtime, ingress_url: str) -> None:
    with Redis.from_url(ingress_url) as ingress:
        real = replace(runtime, commands=RedisCameraCommands(ingress))
        with TestClient(build_app(real, "the-token-of-these-tests"), headers=TOKEN) as client:
            room = add_room(client, "1")
            body = {"name": "front", "room_id": room}
            front = client.post("/v1/cameras", json=body, headers=new_key()).json()
            add_lesson(client, room, "11")
        [(_, fields)] = ingress.xrange(commands_stream(CameraId(UUID(front["id"]))))
    command = CAMERA_COMMAND.validate_json(unseal("command", fields, urlsafe_b64decode(front["key"])).body)
    assert isinstance(command, Configure)
    assert [each.starts_at.hour for each in command.lessons] == [11]


times = st.integers(-3000, 3000).map(lambda minutes: NOW + timedelta(minutes=minutes))
spans = st.lists(
    st.tuples(times, st.integers(1, 600)).map(lambda pair: (pair[0], pair[0] + timedelta(minutes=pair[1]))),
    max_size=80,
)


@given(spans, st.randoms(use_true_random=False))
def test_what_is_told_is_coming_in_order_and_bounded(
    found: list[tuple[datetime, datetime]], random: Any
) -> None:
    hours = hours_of(found, NOW)
    assert len(hours) <= MOST
    assert list(hours) == sorted(hours, key=lambda each: (each.starts_at, each.ends_at))
    assert all(each.ends_at > NOW and each.starts_at < NOW + AHEAD for each in hours)
    random.shuffle(found)
    assert hours_of(found, NOW) == hours
    Configure(camera_id=CameraId(uuid4()), command_id=uuid4(), issued_at=NOW, lessons=hours)  # type: ignore[arg-type]


@given(spans, spans)
def test_other_hours_and_another_spool_are_news(
    one: list[tuple[datetime, datetime]], other: list[tuple[datetime, datetime]]
) -> None:
    spool = UUID(int=1)
    same = hours_of(one, NOW) == hours_of(other, NOW)
    assert (digest_of(hours_of(one, NOW), spool) == digest_of(hours_of(other, NOW), spool)) == same
    assert digest_of(hours_of(one, NOW), spool) != digest_of(hours_of(one, NOW), None)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_a_lesson_is_told_until_it_is_over(seconds: int) -> None:
    lesson = (NOW - timedelta(hours=1), NOW + timedelta(seconds=seconds))
    assert bool(hours_of([lesson], NOW)) == (seconds > 0)
