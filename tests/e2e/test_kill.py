"""Kill every process during a lesson: nothing is lost, nothing counts twice, everybody is marked."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain, pairwise
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adsum_local.roll import Register
from adsum_local.score import IN_THE_ROOM
from adsum_store.engine import create_store_engine
from adsum_store.models import CameraHeartbeat, Mark, Sighting
from adsum_store.unit_of_work import Store
from tests.e2e.conftest import LiveLesson, StartLesson

VICTIMS = (
    ("camera", "postgres", "recognizer"),
    ("ingress", "dispatcher", "api"),
    ("broker", "api-worker", "beat"),
)
"""Who is killed in one lesson, one after the other; alone, each is killed by `make test-long`.

`make test` takes the roll with the first of them; all are killed and frozen in `test_faults`, without a film.
"""

KILLED_AT = (0.25, 0.4, 0.55)
"""Shares of the lesson; whoever is killed alone is killed at the second."""

RESTART_PATIENCE_S = 60
DRAIN_PATIENCE_S = 60

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


@pytest.mark.parametrize(
    "victims",
    [pytest.param(some, marks=[] if some == VICTIMS[0] else [pytest.mark.long]) for some in VICTIMS],
    ids="-".join,
)
def test_killed_processes_change_nothing_in_the_end(
    victims: tuple[str, ...], start_lesson: StartLesson
) -> None:
    take_roll_killing(dict(zip(victims, KILLED_AT, strict=True)), start_lesson)


@pytest.mark.long
@pytest.mark.parametrize("victim", tuple(chain(*VICTIMS)))
def test_a_killed_process_changes_nothing_in_the_end(victim: str, start_lesson: StartLesson) -> None:
    take_roll_killing({victim: KILLED_AT[1]}, start_lesson)


def take_roll_killing(shares: Mapping[str, float], start_lesson: StartLesson) -> None:
    """Kill each when that share of the lesson has passed; everybody was there and is marked at the end."""
    with start_lesson() as lesson:
        for victim, share in shares.items():
            kill_during(lesson, victim, share)
        register = lesson.finish()
        drain(lesson)
        check_record(lesson, register)
    everybody = {entry["number"] for entry in register["entries"]}
    assert marked(register) == everybody, "\n".join(lesson.lines[-60:])


def marked(register: Register) -> set[str]:
    return {entry["number"] for entry in register["entries"] if entry["status"] in IN_THE_ROOM}


def kill_during(lesson: LiveLesson, victim: str, share: float) -> None:
    """Wait until that share of the lesson has passed, kill -9, and see another process take its place."""
    start, end = lesson.roll.starts_at, lesson.roll.ends_at
    time.sleep(max((start + (end - start) * share - datetime.now(UTC)).total_seconds(), 0))
    supervisor = lesson.stack.supervisor
    dead = supervisor.pid(victim)
    os.kill(dead, signal.SIGKILL)
    deadline = time.monotonic() + RESTART_PATIENCE_S
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
