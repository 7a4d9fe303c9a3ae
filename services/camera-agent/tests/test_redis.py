"""Events to and commands from a real Redis."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from uuid import UUID, uuid4

import pytest
import redis

from adsum_camera.adapters.commands import CommandReader
from adsum_camera.adapters.publisher import Publisher, PublishPolicy
from adsum_camera.adapters.redis_client import IngressClient, connected
from adsum_camera.adapters.spool import Draft, Spool
from adsum_camera.clock import SystemClock
from adsum_camera.credentials import Credentials
from adsum_contracts.commands import CaptureSamples, Committed, Configure, LessonHours, TrackNamed
from adsum_contracts.events import CAMERA_EVENT, CommandReply
from adsum_contracts.ids import CameraId, CommandId, JobId, StudentId, TrackId
from adsum_contracts.routes import commands_stream, events_stream
from adsum_contracts.sealing import seal, unseal
from adsum_local.children import start_child, stop_child
from adsum_local.ports import free_port
from adsum_local.redis_server import RedisServer

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))


@pytest.fixture
def client(ingress_url: str) -> Iterator[IngressClient]:
    with connected(ingress_url) as client:
        yield client


@pytest.fixture
def system_clock() -> Iterator[SystemClock]:
    clock = SystemClock()
    yield clock
    clock.stop.set()


def reply() -> Draft:
    return lambda spool_id, sequence: CommandReply(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=NOON,
        command_id=CommandId(UUID(int=9)), outcome="done",
    )  # fmt: skip


def published(client: redis.Redis) -> list[tuple[int, bytes]]:
    entries = [unseal("event", fields, KEY) for _, fields in client.xrange(events_stream(CAMERA))]
    return [(CAMERA_EVENT.validate_json(entry.body).sequence, entry.blob) for entry in entries]


def header() -> dict[str, object]:
    return {"camera_id": CAMERA, "command_id": CommandId(uuid4()), "issued_at": NOON}


def send(
    client: redis.Redis, command: Committed | TrackNamed | CaptureSamples | Configure, key: bytes = KEY
) -> None:
    client.xadd(commands_stream(CAMERA), seal("command", command.model_dump_json().encode(), b"", key))


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def test_events_are_published_once_in_order_and_signed(
    spool: Spool, client: IngressClient, clock: type
) -> None:
    publisher = Publisher(spool, client, CAMERA, Credentials.of_key(KEY), clock())
    for picture in (b"one", b"two", b"three"):
        spool.append(reply(), picture)
    assert (publisher.publish_due(), publisher.publish_due()) == (3, 0)
    assert published(client) == [(1, b"one"), (2, b"two"), (3, b"three")]


def test_what_is_not_confirmed_is_sent_again_with_growing_pauses(
    spool: Spool, client: IngressClient, clock: type
) -> None:
    hand = clock()
    publisher = Publisher(spool, client, CAMERA, Credentials.of_key(KEY), hand)
    spool.append(reply())
    sent = []
    for _ in range(100):
        sent.append(publisher.publish_due())
        hand.pass_s(1)
    assert [second for second, entries in enumerate(sent) if entries] == [0, 30, 90]


def test_what_is_confirmed_is_not_sent_again(spool: Spool, client: IngressClient, clock: type) -> None:
    hand = clock()
    publisher = Publisher(spool, client, CAMERA, Credentials.of_key(KEY), hand)
    spool.append(reply())
    publisher.publish_due()
    spool.forget(spool.id, [1])
    hand.pass_s(60)
    assert publisher.publish_due() == 0


def test_only_so_much_is_in_flight(spool: Spool, client: IngressClient, clock: type) -> None:
    publisher = Publisher(
        spool, client, CAMERA, Credentials.of_key(KEY), clock(), PublishPolicy(most_in_flight=2)
    )
    for _ in range(3):
        spool.append(reply())
    assert (publisher.publish_due(), publisher.publish_due()) == (2, 0)
    spool.forget(spool.id, [1])
    assert publisher.publish_due() == 1
    assert [sequence for sequence, _ in published(client)] == [1, 2, 3]


def test_a_new_publisher_sends_again_all_that_is_left(
    spool: Spool, client: IngressClient, clock: type
) -> None:
    spool.append(reply())
    Publisher(spool, client, CAMERA, Credentials.of_key(KEY), clock()).publish_due()
    Publisher(spool, client, CAMERA, Credentials.of_key(KEY), clock()).publish_due()
    assert [sequence for sequence, _ in published(client)] == [1, 1]


def test_a_redis_that_comes_late_and_dies_on_the_way_gets_everything(
    spool: Spool, server_folder: Path, system_clock: SystemClock
) -> None:
    server = RedisServer(server_folder / uuid4().hex, free_port(), "test")
    server.prepare()
    publisher = Publisher(spool, connected(server.url), CAMERA, Credentials.of_key(KEY), system_clock)
    thread = Thread(target=publisher.run)
    thread.start()
    spool.append(reply())
    child = start_child(server.command, quiet=True)
    try:
        with connected(server.url) as client:
            eventually(lambda: _told(client) == {1})
            child.kill()
            child.wait()
            (server.folder / "appendonly.aof").unlink()  # what an unlucky crash may lose
            spool.append(reply())
            child = start_child(server.command, quiet=True)
            eventually(lambda: _told(client) == {1, 2})
    finally:
        system_clock.stop.set()
        thread.join()
        stop_child(child)


def test_a_server_that_was_replaced_between_two_events_gets_the_first_again(
    spool: Spool, server_folder: Path, clock: type
) -> None:
    """The broken connection was idle, so nothing was raised when it was made anew."""
    server = RedisServer(server_folder / uuid4().hex, free_port(), "test")
    server.prepare()
    child = start_child(server.command, quiet=True)
    with connected(server.url) as client, connected(server.url) as other:
        publisher = Publisher(spool, client, CAMERA, Credentials.of_key(KEY), clock())
        try:
            eventually(lambda: _answers(other))
            spool.append(reply())
            publisher.publish_due()
            child.kill()
            child.wait()
            (server.folder / "appendonly.aof").unlink()
            child = start_child(server.command, quiet=True)
            eventually(lambda: _answers(other))
            spool.append(reply())
            assert (publisher.publish_due(), publisher.publish_due(), publisher.publish_due()) == (1, 1, 0)
            assert _told(other) == {1, 2}
        finally:
            stop_child(child)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _told(client: redis.Redis) -> set[int]:
    try:
        return {sequence for sequence, _ in published(client)}
    except redis.ConnectionError:
        return set()


@pytest.fixture
def reader(spool: Spool, client: redis.Redis, system_clock: SystemClock) -> CommandReader:
    return CommandReader(spool, client, CAMERA, Credentials.of_key(KEY), system_clock, SimpleQueue())


def test_a_confirmation_clears_the_spool(reader: CommandReader, spool: Spool, client: redis.Redis) -> None:
    for _ in range(3):
        spool.append(reply())
    send(client, Committed(**header(), spool_id=spool.id, sequences=(1, 3)))
    reader.read_once(block_ms=10)
    assert spool.waiting(10) == (2,)


def test_names_and_captures_go_to_the_pipeline_in_order(reader: CommandReader, client: redis.Redis) -> None:
    capture = CaptureSamples(**header(), job_id=JobId(uuid4()), count=3, timeout_s=10)
    named = TrackNamed(**header(), track_id=TrackId(uuid4()), student_id=StudentId(uuid4()), name="Ada")
    send(client, capture)
    send(client, named)
    reader.read_once(block_ms=10)
    assert [reader.inbox.get_nowait(), reader.inbox.get_nowait()] == [capture, named]


def test_forged_malformed_and_misdirected_commands_are_counted_and_ignored(
    reader: CommandReader, spool: Spool, client: redis.Redis
) -> None:
    spool.append(reply())
    confirmation = Committed(**header(), spool_id=spool.id, sequences=(1,))
    send(client, confirmation, key=os.urandom(32))
    client.xadd(commands_stream(CAMERA), seal("event", confirmation.model_dump_json().encode(), b"", KEY))
    client.xadd(commands_stream(CAMERA), {"body": b"no mac"})
    client.xadd(commands_stream(CAMERA), seal("command", b'{"type": "stop_the_world"}', b"", KEY))
    send(client, confirmation.model_copy(update={"camera_id": CameraId(uuid4())}))
    reader.read_once(block_ms=10)
    assert (reader.refused, spool.depth()) == (5, 1)
    send(client, confirmation)
    reader.read_once(block_ms=10)
    assert spool.depth() == 0


def test_a_reader_goes_on_behind_the_last_command_it_read(
    reader: CommandReader, spool: Spool, client: redis.Redis, system_clock: SystemClock
) -> None:
    send(client, CaptureSamples(**header(), job_id=JobId(uuid4()), count=1, timeout_s=10))
    reader.read_once(block_ms=10)
    restarted = CommandReader(spool, client, CAMERA, Credentials.of_key(KEY), system_clock, SimpleQueue())
    restarted.read_once(block_ms=10)
    assert restarted.inbox.empty()


def test_the_last_lessons_told_outlive_a_restart(
    reader: CommandReader, spool: Spool, client: redis.Redis, system_clock: SystemClock
) -> None:
    hours = LessonHours(starts_at=NOON, ends_at=NOON + timedelta(minutes=45))
    for lessons in ((), (hours,)):
        send(client, Configure(**header(), lessons=lessons))
    reader.read_once(block_ms=10)
    assert [reader.inbox.get_nowait().lessons, reader.inbox.get_nowait().lessons] == [(), (hours,)]
    restarted = CommandReader(spool, client, CAMERA, Credentials.of_key(KEY), system_clock, SimpleQueue())
    assert restarted.inbox.get_nowait().lessons == (hours,)
    assert restarted.inbox.empty()
