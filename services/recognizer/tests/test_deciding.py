"""One decision for many batches, and none too few: whoever dies, whatever comes in between."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from celery.exceptions import Reject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from adsum_contracts import routes
from adsum_contracts.ids import LessonId
from adsum_contracts.tasks import DecideLesson
from adsum_recognizer import worker
from adsum_recognizer.adapters.backlog import Backlog
from adsum_recognizer.adapters.due import DueDecisions
from adsum_recognizer.adapters.queues import Queues, celery_app
from adsum_store.models import Track


@pytest.fixture
def broker(broker_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(broker_url) as client:
        yield client


@pytest.fixture
def queues(broker: redis.Redis, broker_url: str) -> Queues:
    return Queues(celery_app(broker_url), Backlog(broker), DueDecisions(broker))


def test_many_batches_of_a_lesson_make_one_task_until_it_begins(queues: Queues) -> None:
    lesson, other = LessonId(uuid4()), LessonId(uuid4())
    for _ in range(5):
        queues.decide([lesson, lesson])
    queues.decide([lesson, other])
    assert queues.waiting().decisions == 2
    queues.decision_begins(lesson)
    queues.decide([lesson, other])
    assert queues.waiting().decisions == 3
    assert queues.waiting().tasks == 0, "what waits to be decided was made from no entry"


class Batch:
    """A worker that stores something for the lesson and has it decided, one step at a time."""

    def __init__(self, due: DueDecisions, lesson: LessonId, name: int) -> None:
        self.due, self.lesson, self.name = due, lesson, name
        self.settled = False

    def steps(self, stored: set[int], tasks: list[LessonId]) -> Iterator[None]:
        stored.add(self.name)
        yield
        asked = self.due.not_waiting([self.lesson])
        if asked:
            yield
            promise = self.due.promise(asked)
            yield
            tasks.extend(asked)
            yield
            self.due.keep(promise, asked)
        yield
        self.settled = True


def deciding(due: DueDecisions, lesson: LessonId, stored: set[int], decided: set[int]) -> Iterator[None]:
    due.begin(lesson)
    yield
    decided |= stored


@given(st.lists(st.integers(0, 5), max_size=60), st.sets(st.integers(0, 3), max_size=2))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_was_settled_is_decided(broker: redis.Redis, turns: list[int], killed: set[int]) -> None:
    """Four batches and two deciders take turns in any order; some batches die where they are."""
    due, lesson = DueDecisions(broker), LessonId(uuid4())
    stored: set[int] = set()
    decided: set[int] = set()
    tasks: list[LessonId] = []
    batches = [Batch(due, lesson, name) for name in range(4)]
    at_work = [batch.steps(stored, tasks) for batch in batches]
    deciders: dict[int, Iterator[None]] = {}

    def decide_a_little(decider: int) -> None:
        if decider not in deciders and tasks:
            deciders[decider] = deciding(due, tasks.pop(0), stored, decided)
        if decider in deciders and next(deciders[decider], "done") == "done":
            del deciders[decider]

    for turn in turns:
        if turn < len(at_work):
            next(at_work[turn], None)
        else:
            decide_a_little(turn)
    for name in set(range(4)) - killed:
        list(at_work[name])
    while tasks or deciders:
        decide_a_little(4)
        decide_a_little(5)
    assert {batch.name for batch in batches if batch.settled} <= decided


def test_a_mark_whose_task_is_lost_does_not_last(broker: redis.Redis, queues: Queues) -> None:
    lesson = LessonId(uuid4())
    queues.decide([lesson])
    assert 0 < broker.ttl(f"v1:due:{lesson}") <= 60


def rows(classroom: Any) -> dict[UUID, tuple[Any, ...]]:
    when_written = {"created_at", "updated_at"}
    columns = [column.name for column in Track.__table__.columns if column.name not in when_written]
    return {row.id: tuple(getattr(row, name) for name in columns) for row in classroom.all(Track)}


@pytest.mark.parametrize("seed", range(3))
def test_any_order_any_repetition_and_any_number_of_decisions_end_alike(classroom: Any, seed: int) -> None:
    random = Random(seed)
    for number in (1, 2, 3):
        classroom.student(number)
    lesson = classroom.lesson()
    tracks = [uuid4() for _ in range(6)]
    shown = [
        classroom.show(1 + nth % 3, random.choice((0.9, 0.95, 0.97)), track, 10 + 2 * nth + 3 * again)
        for nth, track in enumerate(tracks)
        for again in range(3)
    ]
    refs = list(classroom.receive(*shown))
    random.shuffle(refs)
    decide, classroom.told.decide_at_once = classroom.told.decide_at_once, lambda _lesson: None
    while refs:
        classroom.identify(*(refs.pop() for _ in range(min(len(refs), random.randint(1, 5)))))
        for _ in range(random.randint(0, 2)):
            decide(lesson.id)
    decide(lesson.id)
    in_many = rows(classroom)
    with classroom.store.begin() as work:
        work.session.execute(delete(Track))
    decide(lesson.id)
    assert rows(classroom) == in_many
    assert len(in_many) == len(tracks)


def test_a_decision_that_says_the_same_writes_nothing(classroom: Any) -> None:
    classroom.student(1)
    lesson, track = classroom.lesson(), uuid4()
    classroom.identify(classroom.show(1, 0.95, track, 10), classroom.show(1, 0.95, track, 12))
    (before,) = classroom.all(Track)
    classroom.decide(lesson.id)
    (after,) = classroom.all(Track)
    assert (after.updated_at, after.student_id) == (before.updated_at, before.student_id)


def test_a_decision_that_finds_no_server_goes_back_to_the_queue(
    classroom: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def decide(self, _task: DecideLesson) -> None:
            raise OperationalError("select 1", {}, ConnectionError())

    monkeypatch.setattr(worker, "OUTAGE_PAUSE_S", 0)
    app = celery_app("memory://")
    worker.register(app, classroom.faces(), Away(), classroom.enrolment())  # type: ignore[arg-type]
    task = DecideLesson(lesson_id=LessonId(uuid4())).model_dump(mode="json")
    with pytest.raises(Reject) as refused:
        app.tasks[routes.DECIDE_LESSON](task)
    assert refused.value.requeue
