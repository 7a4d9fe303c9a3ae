"""Whoever stops, no queue grows without bound, nothing is lost without a word, and what is full drains."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import redis

from adsum_contracts.events import FaceCaptured
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import CONSUMER_GROUP, EVENTS_MAXLEN, events_stream
from adsum_contracts.tasks import EntryRef
from adsum_recognizer.dispatcher import Dispatcher, DispatchPolicy
from adsum_recognizer.ports import Waiting
from adsum_store.models import Sighting


def dispatcher(classroom: Any, **changes: Any) -> Dispatcher:
    policy = {"batch_max": 4, "batch_wait_s": 0.01, "in_flight_max": 12, "reclaim_after_s": 0.05} | changes
    groups = classroom.groups()
    return Dispatcher(classroom.store, groups, classroom.told, classroom.watching(), DispatchPolicy(**policy))


def test_with_the_workers_stopped_neither_entries_in_flight_nor_tasks_grow(classroom: Any) -> None:
    for at in range(60):
        classroom.show(1, 0.97, uuid4(), at)
    mine = dispatcher(classroom)
    for _ in range(40):
        classroom.told.waits = Waiting(len(classroom.told.identify_tasks), 0)  # nobody takes any
        mine.round()
        time.sleep(0.02)  # each round could claim all of them again
    stream = events_stream(classroom.camera.id)
    assert classroom.client.xpending(stream, CONSUMER_GROUP)["pending"] == 12
    assert len(classroom.told.identify_tasks) < 12 + 12 / 4
    assert classroom.client.xlen(stream) == 60, "the rest waits where it was"


def test_while_nobody_follows_nothing_new_is_taken(classroom: Any) -> None:
    ref = classroom.show(1, 0.97, uuid4(), 1)
    mine = dispatcher(classroom, follow_ups_max=5)
    classroom.told.waits = Waiting(0, 5)
    mine.round()
    assert classroom.told.identify_tasks == []
    classroom.told.waits = Waiting(0, 4)
    mine.round()
    assert [task.entries for task in classroom.told.identify_tasks] == [(ref,)]


class SpoolingCamera:
    """A camera's side of it in a few lines: forgets what it was told is committed, and nothing else."""

    def __init__(self, classroom: Any, key: bytes | None = None) -> None:
        self._classroom, self._key = classroom, key
        self.spool: dict[int, tuple[FaceCaptured, bytes]] = {}

    def capture(self, crops: int) -> None:
        for at in range(crops):
            event = self._classroom.face(uuid4(), at)
            self.spool[event.sequence] = event, self._classroom.picture(1, 0.97)

    def publish(self) -> bool:
        """Send all that is spooled; return whether the server had room for it."""
        try:
            for event, blob in self.spool.values():
                self._classroom.send(event, blob, self._key)
        except redis.OutOfMemoryError:
            return False
        return True

    def hear(self) -> None:
        for command in self._classroom.commands():
            if command.type == "committed":
                for sequence in command.sequences:
                    self.spool.pop(sequence, None)


@pytest.fixture
def narrow(ingress_client: redis.Redis) -> Iterator[redis.Redis]:
    """A cameras' Redis that is full after three megabytes."""
    before = ingress_client.config_get("maxmemory")["maxmemory"]
    used = ingress_client.info("memory")["used_memory"]
    ingress_client.config_set("maxmemory", used + 3 * 2**20)
    yield ingress_client
    ingress_client.config_set("maxmemory", before)


def overflow(client: redis.Redis) -> None:
    """Have the server hold more than it may, as it does while several cameras' crops come in at once: now
    it refuses even the smallest thing that could take room."""
    client.config_set("maxmemory", client.info("memory")["used_memory"] - 2**19)


def drain(classroom: Any, mine: Dispatcher) -> None:
    """Work as dispatcher and worker until nothing is left in any stream."""
    done = 0
    while classroom.client.xlen(events_stream(classroom.camera.id)) and mine.round():
        for task in classroom.told.identify_tasks[done:]:
            classroom.faces().identify(task)
        done = len(classroom.told.identify_tasks)


def test_a_full_ingress_refuses_cameras_and_drains_when_workers_come_back(
    classroom: Any, narrow: redis.Redis
) -> None:
    dispatcher(classroom).round()  # it has run before
    new = classroom.new_camera("new")
    camera = SpoolingCamera(classroom)
    camera.capture(150)
    while camera.publish():
        pass  # copies of what nobody took, until there is no room for another byte
    assert narrow.info("memory")["used_memory"] <= int(narrow.config_get("maxmemory")["maxmemory"]) + 2**20
    assert len(camera.spool) == 150, "nobody has said that anything is committed"
    overflow(narrow)

    for _ in range(10):  # what a full server cannot tell the camera, it tells when that comes again
        drain(classroom, dispatcher(classroom, in_flight_max=128, batch_max=64, reclaim_after_s=60))
        camera.hear()
        camera.publish()

    assert len(classroom.all(Sighting)) == 150
    assert camera.spool == {}
    heard = classroom.send(classroom.face(uuid4(), 1, new), b"")
    dispatcher(classroom).round()
    assert heard in classroom.told.identify_tasks[-1].entries, (
        "also a camera that came while there was no room"
    )


def test_a_full_ingress_gets_rid_of_what_is_refused(classroom: Any, narrow: redis.Redis) -> None:
    dispatcher(classroom).round()
    forger = SpoolingCamera(classroom, key=bytes(32))
    forger.capture(10)
    while forger.publish():
        pass
    overflow(narrow)
    drain(classroom, dispatcher(classroom, in_flight_max=128, batch_max=64, reclaim_after_s=60))
    assert narrow.xlen(events_stream(classroom.camera.id)) == 0
    assert classroom.ingress().refused()["forged"] > 0, "counted, as soon as there was room to"


def test_a_camera_bounds_its_own_stream(classroom: Any) -> None:
    """What a stream drops its camera still has, and the group does not wait for it."""
    camera: CameraId = classroom.camera.id
    with classroom.client.pipeline(transaction=False) as pipe:
        for _ in range(EVENTS_MAXLEN + 500):
            pipe.xadd(events_stream(camera), {b"body": b"{}"}, maxlen=EVENTS_MAXLEN, approximate=True)
        ids = pipe.execute()
    assert classroom.client.xlen(events_stream(camera)) < EVENTS_MAXLEN + 200
    dropped = EntryRef(camera_id=camera, entry_id=ids[0].decode())
    classroom.identify(dropped)
    assert classroom.commands() == []
