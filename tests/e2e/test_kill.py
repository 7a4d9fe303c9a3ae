"""Kill any one process during a lesson: nothing is lost, nothing counts twice, everybody is marked."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from filelock import FileLock
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adsum_local.roll import Register
from adsum_local.score import IN_THE_ROOM
from adsum_store.engine import create_store_engine
from adsum_store.models import CameraHeartbeat, Mark, Sighting
from adsum_store.unit_of_work import Store
from tests.e2e.conftest import LiveLesson, StartLesson

VICTIMS = (
    "postgres", "ingress", "broker", "api", "api-worker", "beat", "dispatcher", "recognizer", "camera",
)  # fmt: skip
KILL_AFTER_SHARE = 0.4
DRAIN_PATIENCE_S = 60

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


@pytest.fixture(scope="session")
def marked_without_trouble(
    tmp_path_factory: pytest.TempPathFactory, start_lesson: StartLesson
) -> frozenset[str]:
    """Whom an uninterrupted run marks; found once, by whichever test process comes first."""
    shared = tmp_path_factory.getbasetemp().parent
    note = shared / "marked.json"
    with FileLock(shared / "marked.lock"):
        if not note.exists():
            with start_lesson() as lesson:
                note.write_text(json.dumps(sorted(marked(lesson.finish()))))
    return frozenset(json.loads(note.read_text()))


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_process_changes_nothing_in_the_end(
    victim: str, start_lesson: StartLesson, marked_without_trouble: frozenset[str]
) -> None:
    with start_lesson() as lesson:
        kill_during(lesson, victim)
        register = lesson.finish()
        drain(lesson)
        check_record(lesson, register)
    assert marked_without_trouble <= marked(register), "\n".join(lesson.lines[-60:])


def marked(register: Register) -> set[str]:
    return {entry["number"] for entry in register["entries"] if entry["status"] in IN_THE_ROOM}


def kill_during(lesson: LiveLesson, victim: str) -> None:
    """Wait until the lesson is well under way, kill -9, and see that another process takes its place."""
    start, end = lesson.roll.starts_at, lesson.roll.ends_at
    time.sleep(max((start + (end - start) * KILL_AFTER_SHARE - datetime.now(UTC)).total_seconds(), 0))
    supervisor = lesson.stack.supervisor
    dead = supervisor.pid(victim)
    os.kill(dead, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while supervisor.pid(victim) == dead:
        assert time.monotonic() < deadline, f"{victim} was not restarted"
        time.sleep(0.1)


def drain(lesson: LiveLesson) -> None:
    """Wait until the server has confirmed every face that the camera has spooled."""
    deadline = time.monotonic() + DRAIN_PATIENCE_S
    while faces := [kind for kind in spooled(lesson).values() if kind == "face_captured"]:
        assert time.monotonic() < deadline, f"{len(faces)} faces were never confirmed"
        time.sleep(0.3)
    lesson.stack.supervisor.stop("camera")


def spooled(lesson: LiveLesson) -> dict[int, str]:
    """What the camera still keeps: sequence -> kind of event; what it says is sealed."""
    files = list((lesson.stack.folder.path / "spool").glob("*.sqlite*"))
    database = next(file for file in files if not file.name.endswith(("-wal", "-shm")))
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as spool:
        return dict(spool.execute("SELECT sequence, kind FROM entries").fetchall())


def check_record(lesson: LiveLesson, register: Register) -> None:
    engine = create_store_engine(lesson.stack.database_url)
    try:
        with Store(engine).begin() as work:
            check_nothing_lost_or_doubled(work.session, spooled(lesson))
            check_one_mark_each(work.session, register)
    finally:
        engine.dispose()


def check_nothing_lost_or_doubled(session: Session, waiting: dict[int, str]) -> None:
    """Each sequence the camera ever gave is one sighting, or one heartbeat, or still waits in the spool."""
    faces = session.scalars(select(Sighting.sequence)).all()
    heartbeats = session.scalars(select(CameraHeartbeat.sequence)).all()
    recorded = [*faces, *heartbeats]
    assert faces
    assert len(recorded) == len(set(recorded)), "a sequence was recorded twice"
    known = sorted({*recorded, *waiting})  # the camera was stopped before it heard of the last ones
    assert known == list(range(known[0], known[0] + len(known))), "a sequence is missing"


def check_one_mark_each(session: Session, register: Register) -> None:
    """The log never says the same twice in a row, and the register shows its newest word."""
    lesson_id = UUID(register["lesson"]["id"])
    for entry in register["entries"]:
        statuses = session.execute(
            select(Mark.status, Mark.minutes_late, Mark.first_seen_at, Mark.last_seen_at)
            .where(Mark.lesson_id == lesson_id, Mark.student_id == UUID(entry["student_id"]))
            .order_by(Mark.id)
        ).all()
        assert statuses, "a closed lesson has a word on everybody"
        assert all(one != two for one, two in pairwise(statuses))
        assert statuses[-1].status == entry["status"]
    count = session.scalar(
        select(func.count(func.distinct(Mark.student_id))).where(Mark.lesson_id == lesson_id)
    )
    assert count == len(register["entries"])
