"""Requests as a caller sends them, from this process to one that serves the api."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection
from statistics import quantiles
from typing import Final

from adsum_api.bench.filling import LAST_DAY, TERM_FROM, Filled
from adsum_api.bench.statements import HEADER
from adsum_api.errors import Unavailable

AT_LEAST: Final = 20
CALLERS: Final = 4


@dataclass(frozen=True, slots=True)
class Question:
    """A request, as it is asked of several lessons, students or sections in turn."""

    name: str
    paths: Sequence[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """How a question was answered: milliseconds of one caller, requests a second of `CALLERS` at once, SQL
    statements of a request (the fewest and the most), and the bytes of an answer."""

    question: str
    p50_ms: float
    p95_ms: float
    asked: int
    per_second: float
    statements: tuple[int, int]
    answer_bytes: int


@dataclass(frozen=True, slots=True)
class Server:
    """Where the api listens, and the token that opens it."""

    host: str
    port: int
    token: str


def questions(filled: Filled, term_from: date = TERM_FROM) -> tuple[Question, ...]:
    """Return what is measured; the term lasts until `LAST_DAY`."""
    term = f"from={term_from}&to={LAST_DAY}"
    day = f"/v1/reports/register?from={LAST_DAY}&to={LAST_DAY}&format=csv"
    return (
        Question("register of a lesson", [f"/v1/lessons/{each}/register" for each in filled.lessons]),
        Question(
            "student's term",
            [f"/v1/students/{each}/attendance?{term}&limit=500" for each in filled.students],
        ),
        Question(
            "section's term report",
            [f"/v1/reports/attendance?by=student&{term}&section_id={each}" for each in filled.sections],
        ),
        Question("daily export, CSV", [day]),
        Question("daily file of the original", [f"/attendance/attendance_{LAST_DAY}.csv"]),
    )


def ask(server: Server, question: Question, seconds: float) -> Answered:
    """Ask for about so many seconds, alone and then with others; raise `Unavailable` for any refusal."""
    paths = itertools.cycle(question.paths)
    caller = _Caller(server)
    for _ in range(3):
        caller.get(next(paths))
    alone = _for(seconds, caller, paths)
    with ThreadPoolExecutor(CALLERS) as callers:
        shares = [
            itertools.cycle(question.paths[place::CALLERS] or question.paths) for place in range(CALLERS)
        ]
        began = time.perf_counter()
        together = [callers.submit(_for, seconds, _Caller(server), share, 1) for share in shares]
        done = sum(len(each.result()) for each in together)
        per_second = done / (time.perf_counter() - began)
    times = quantiles((each.ms for each in alone), n=100, method="inclusive")
    statements = [each.statements for each in alone]
    return Answered(
        question.name, times[49], times[94], len(alone), per_second,
        (min(statements), max(statements)), max(each.length for each in alone),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Answer:
    ms: float
    statements: int
    length: int


class _Caller:
    """One caller, on a connection of its own that is kept."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection(server.host, server.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {server.token}"}

    def get(self, path: str) -> _Answer:
        """Ask once, and read all of the answer; raise `Unavailable` unless it is 200."""
        began = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        ms = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise Unavailable(f"GET {path} was answered {answer.status}: {body[:300]!r}")
        return _Answer(ms, int(answer.headers[HEADER]), len(body))


def _for(seconds: float, caller: _Caller, paths: Iterable[str], at_least: int = AT_LEAST) -> list[_Answer]:
    ends, answers = time.perf_counter() + seconds, list[_Answer]()
    for path in paths:
        if len(answers) >= at_least and time.perf_counter() >= ends:
            break
        answers.append(caller.get(path))
    return answers
