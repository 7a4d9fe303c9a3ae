"""Which lessons wait for a decision already: what is stored meanwhile needs no task of its own.

A mark on the broker for each lesson. Whoever has committed sightings writes a promise, sends the task, and
turns the promise into `WAITS`; whoever begins the decision removes the mark before it reads a row. So a mark
that says `WAITS` stands for a task that is yet to begin, which will see all that was committed before. A mark
that is lost costs a second task, and one whose task was lost expires: rows are what a decision is made from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, cast
from uuid import uuid4

import redis

from adsum_contracts.ids import LessonId
from adsum_contracts.tracing import MOST_TRACES

WAITS: Final = b"waits"

EXPIRES_S: Final = 60
"""After so long a lesson is no longer taken for waiting; two rounds of the sweep."""

KEEP_PROMISE: Final = """
for _, mark in ipairs(KEYS) do
  if redis.call('GET', mark) == ARGV[1] then redis.call('SET', mark, ARGV[2], 'EX', ARGV[3]) end
end
"""
"""Run by the server: between a question and a command of ours the decision could begin."""


class DueDecisions:
    """The marks of the lessons; raises `redis.RedisError`."""

    def __init__(self, broker: redis.Redis) -> None:
        self._broker = broker

    def not_waiting(self, lessons: Iterable[LessonId]) -> tuple[LessonId, ...]:
        """Return those that no task waits for, each once."""
        ordered = sorted(set(lessons))
        if not ordered:
            return ()
        marks = cast(Sequence[bytes | None], self._broker.mget(_marks(ordered)))
        return tuple(lesson for lesson, mark in zip(ordered, marks, strict=True) if mark != WAITS)

    def promise(self, lessons: Collection[LessonId]) -> str:
        """Announce tasks for these lessons; return the promise, to be kept once they are sent."""
        promise = uuid4().hex
        with self._broker.pipeline(transaction=False) as pipe:
            for mark in _marks(lessons):
                pipe.set(mark, promise, ex=EXPIRES_S)
            pipe.execute()
        return promise

    def keep(self, promise: str, lessons: Collection[LessonId]) -> None:
        """Say that the tasks are sent, of those lessons whose decision has not begun since."""
        keys_and_values: tuple[Any, ...] = (*_marks(lessons), promise, WAITS, EXPIRES_S)
        self._broker.eval(KEEP_PROMISE, len(lessons), *keys_and_values)

    def begin(self, lesson_id: LessonId) -> None:
        """Say that what is committed from now on needs another decision."""
        self._broker.delete(*_marks((lesson_id,)))

    def add_traces(self, lessons: Iterable[LessonId], traces: Sequence[str]) -> None:
        """Have the lessons' next decision be a step of these traces too; without any, nothing is asked."""
        if not traces:
            return
        with self._broker.pipeline(transaction=False) as pipe:
            for name in map(_traces, lessons):
                pipe.rpush(name, *traces)
                pipe.ltrim(name, -MOST_TRACES, -1)
                pipe.expire(name, EXPIRES_S)
            pipe.execute()

    def take_traces(self, lesson_id: LessonId) -> tuple[str, ...]:
        """Return the traces that the decision now begun is a step of."""
        with self._broker.pipeline(transaction=True) as pipe:
            pipe.lrange(_traces(lesson_id), 0, -1)
            pipe.delete(_traces(lesson_id))
            found, _ = pipe.execute()
        return tuple(each.decode("ascii", "replace") for each in found)


def _traces(lesson_id: LessonId) -> str:
    return f"v1:due:{lesson_id}:traces"


def _marks(lessons: Iterable[LessonId]) -> list[str]:
    return [f"v1:due:{lesson_id}" for lesson_id in lessons]
