"""From streams to tasks: fairly, bounded, and again when something got lost."""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
import redis
from sqlalchemy import update

from adsum_contracts.events import CommandReply
from adsum_contracts.routes import CONSUMER_GROUP, DEAD_FACES, events_stream
from adsum_contracts.tasks import EntryRef
from adsum_recognizer.dispatcher import Dispatcher, DispatchPolicy
from adsum_recognizer.serving import serve
from adsum_store.models import Camera, CameraHeartbeat


def dispatcher(classroom: Any, consumer: str = "dispatcher", **changes: Any) -> Dispatcher:
    policy = {"batch_max": 16, "batch_wait_s": 0.05, "in_flight_max": 128, "reclaim_after_s": 60.0} | changes
    groups = classroom.groups(consumer)
    return Dispatcher(classroom.store, groups, classroom.told, classroom.watching(), DispatchPolicy(**policy))


def dispatched(classroom: Any) -> list[EntryRef]:
    return [ref for task in classroom.told.identify_tasks for ref in task.entries]


def test_what_was_sent_before_the_group_existed_is_dispatched_in_batches(classroom: Any) -> None:
    refs = [classroom.show(1, 0.97, uuid4(), at) for at in range(5)]
    mine = dispatcher(classroom, batch_max=2)
    while mine.round():
        pass
    assert dispatched(classroom) == refs
    assert max(len(task.entries) for task in classroom.told.identify_tasks) == 2


def test_each_kind_of_entry_goes_its_own_way(classroom: Any) -> None:
    job = classroom.job(classroom.student(1))
    face = classroom.show(1, 0.97, uuid4(), 1)
    sample = classroom.send(classroom.sample(job, 0), b"")
    classroom.send(classroom.heartbeat())
    classroom.send(reply(classroom, job))
    malformed = classroom.client.xadd(events_stream(classroom.camera.id), {b"body": b"[]"})

    dispatcher(classroom).round()

    assert [ref.entry_id for ref in dispatched(classroom)] == [face.entry_id, malformed.decode()]
    assert [task.entries for task in classroom.told.sample_tasks] == [(sample,)]
    assert len(classroom.all(CameraHeartbeat)) == 1
    (progress,) = classroom.told.progress
    assert (progress.school_id, progress.reply.job_id) == (classroom.school.id, job.id)
    assert classroom.client.xlen(events_stream(classroom.camera.id)) == 3


def test_no_more_is_in_flight_than_may_be_and_pending_is_what_counts(classroom: Any) -> None:
    for at in range(6):
        classroom.show(1, 0.97, uuid4(), at)
    for consumer in ("one", "two", "three"):
        dispatcher(classroom, consumer, in_flight_max=4).round()
    assert len(dispatched(classroom)) == 4
    assert classroom.client.xpending(events_stream(classroom.camera.id), CONSUMER_GROUP)["pending"] == 4


def test_a_camera_that_floods_does_not_silence_another(classroom: Any) -> None:
    quiet = classroom.new_camera("quiet")
    for at in range(20):
        classroom.show(1, 0.97, uuid4(), at)
    alone = classroom.send(classroom.face(uuid4(), 1, quiet), b"")
    dispatcher(classroom, batch_max=4).round()
    assert alone in dispatched(classroom)


def test_a_few_who_speak_among_many_cameras_fill_a_batch(classroom: Any) -> None:
    cameras = [classroom.new_camera(str(place)) for place in range(40)]
    sent = {classroom.send(classroom.face(uuid4(), 1, camera)) for camera in cameras[::7]}
    mine = dispatcher(classroom, batch_max=4)
    assert [mine.round(), mine.round()] == [4, 2]
    assert set(dispatched(classroom)) == sent


def test_a_new_camera_is_heard_and_a_revoked_one_is_not(classroom: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("adsum_recognizer.dispatcher.CAMERAS_EVERY_S", 0)
    mine = dispatcher(classroom)
    mine.round()
    new = classroom.new_camera("new")
    heard = classroom.send(classroom.face(uuid4(), 1, new), b"")
    mine.round()
    with classroom.store.begin() as work:
        work.session.execute(update(Camera).where(Camera.id == new.id).values(revoked=True))
    classroom.send(classroom.face(uuid4(), 2, new), b"")
    mine.round()
    assert dispatched(classroom) == [heard]


def test_a_dead_letter_goes_when_its_day_is_over_though_another_came(classroom: Any) -> None:
    now_ms = int(time.time() * 1000)
    for age_h in (25, 23):
        classroom.client.xadd(DEAD_FACES, {"error": "a"}, id=f"{now_ms - age_h * 3_600_000}-0")
    dispatcher(classroom).round()
    ((kept, _),) = classroom.client.xrange(DEAD_FACES)
    assert kept == f"{now_ms - 23 * 3_600_000}-0".encode()


def test_what_a_dead_worker_left_is_dispatched_again(classroom: Any) -> None:
    ref = classroom.show(1, 0.97, uuid4(), 1)
    dispatcher(classroom, "dies", reclaim_after_s=0.05).round()
    time.sleep(0.1)
    dispatcher(classroom, "lives", reclaim_after_s=0.05).round()
    assert dispatched(classroom) == [ref, ref]


def test_what_is_being_worked_on_is_left_alone(classroom: Any) -> None:
    ref = classroom.show(1, 0.97, uuid4(), 1)
    dispatcher(classroom, reclaim_after_s=1.0).round()
    time.sleep(0.6)
    classroom.ingress("worker").refresh([ref])
    time.sleep(0.6)
    dispatcher(classroom, reclaim_after_s=1.0).round()
    assert dispatched(classroom) == [ref]


def test_a_lost_entry_that_its_stream_dropped_is_settled(classroom: Any) -> None:
    classroom.show(1, 0.97, uuid4(), 1)
    dispatcher(classroom, reclaim_after_s=0.05).round()
    stream = events_stream(classroom.camera.id)
    classroom.client.xtrim(stream, maxlen=0, approximate=False)
    time.sleep(0.1)
    dispatcher(classroom, reclaim_after_s=0.05).round()
    assert classroom.client.xpending(stream, CONSUMER_GROUP)["pending"] == 0


def test_a_redis_that_lost_everything_gets_its_groups_back(classroom: Any) -> None:
    mine = dispatcher(classroom)
    mine.round()
    classroom.client.flushall()
    ref = classroom.show(1, 0.97, uuid4(), 1)
    mine.round()
    mine.round()
    assert dispatched(classroom) == [ref]


def test_two_dispatchers_share_the_work(classroom: Any) -> None:
    refs = [classroom.show(1, 0.97, uuid4(), at) for at in range(12)]
    both = [dispatcher(classroom, name, batch_max=4) for name in ("one", "two")]
    threads = [Thread(target=lambda mine=mine: [mine.round() for _ in range(4)]) for mine in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ref.entry_id for ref in dispatched(classroom)) == sorted(ref.entry_id for ref in refs)


@pytest.mark.parametrize("error", [redis.ConnectionError("gone"), redis.ResponseError("LOADING")])
def test_an_outage_is_waited_out(error: Exception) -> None:
    stop = Event()

    class Flaky:
        rounds = 0
        cameras = (uuid4(),)

        def round(self) -> int:
            self.rounds += 1
            if self.rounds == 1:
                raise error
            stop.set()
            return 0

    flaky = Flaky()
    serve(flaky, stop)  # type: ignore[arg-type]
    assert flaky.rounds == 2


def reply(classroom: Any, job: Any) -> CommandReply:
    return CommandReply(
        camera_id=classroom.camera.id,
        spool_id=classroom.spool_id,
        sequence=2000,
        captured_at=classroom.nine,
        command_id=uuid4(),
        job_id=job.id,
        outcome="progress",
        done=1,
        wanted=3,
    )
