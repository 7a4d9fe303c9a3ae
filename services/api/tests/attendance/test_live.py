"""The live register over real connections: many of them, several processes, any order of commits."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sse_starlette import EventSourceResponse
from sse_starlette.sse import SendTimeoutError

from adsum_api.attendance import events
from adsum_api.attendance.events import Listener, tell
from adsum_api.attendance.projection import REGISTER_TOPIC
from adsum_api.attendance.seats import Seats
from adsum_local.children import start_child, stop_child
from adsum_local.ports import free_port
from adsum_store.models import OutboxMessage, School
from adsum_store.repositories import outbox
from adsum_store.repositories.outbox import Announcement, Subject
from adsum_store.unit_of_work import Store

TOKEN = "the-token-of-the-processes"


def about(school: School, key: str = "a-lesson") -> Subject:
    return Subject(school.id, REGISTER_TOPIC, key)


def said(name: str, key: str = "a-lesson") -> Announcement:
    return Announcement(REGISTER_TOPIC, key, f"{key}:{name}", {"type": "register_changed", "name": name})


def announce(store: Store, school: School, *names: str) -> None:
    with store.begin() as work:
        outbox.announce(work, school.id, [said(name) for name in names])


def numbers(store: Store) -> list[tuple[int, str]]:
    with store.begin() as work:
        rows = work.session.query(OutboxMessage).order_by(OutboxMessage.key, OutboxMessage.sequence)
        return [(row.sequence, row.payload["name"]) for row in rows]


async def heard(store: Store, about: Subject, last: int, wanted: int, newest: int = 0) -> list[Any]:
    """So many events of a stream that is then left, as by a page whose connection broke."""
    telling = tell(store, Seats(), Listener(about, last, max(newest, last)))
    found: list[Any] = []
    while len(found) < wanted:
        event = await asyncio.wait_for(anext(telling), 30)
        found += [event] if event.data is not None else []
    await telling.aclose()
    return found


def test_messages_are_numbered_without_a_gap_whatever_is_told_again(store: Store, school: School) -> None:
    announce(store, school, "a", "b")
    announce(store, school, "b", "c", "c")
    announce(store, school, "a")
    announce(store, school, "d")
    assert numbers(store) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def test_the_next_number_waits_for_the_commit_of_the_last(store: Store, school: School) -> None:
    with ThreadPoolExecutor(1) as other:
        with store.begin() as work:
            outbox.announce(work, school.id, [said("first")])
            later = other.submit(announce, store, school, "second")
            with pytest.raises(NotYet):
                later.result(0.3)
        later.result(30)
    assert numbers(store) == [(1, "first"), (2, "second")]


def test_a_number_that_was_taken_back_is_given_again(store: Store, school: School) -> None:
    def announce_in_vain() -> None:
        with store.begin() as work:
            outbox.announce(work, school.id, [said("lost")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        announce_in_vain()
    announce(store, school, "kept")
    assert numbers(store) == [(1, "kept")]


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32), st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_whatever_the_order_of_commits_a_page_that_comes_and_goes_hears_all_once(
    store: Store, school: School, seed: int, stays: list[int]
) -> None:
    key, each, writers = f"lesson-{seed}-{stays}", 4, 3

    def write(writer: int) -> None:
        chance = Random(seed + writer)
        for index in range(each):
            time.sleep(chance.random() / 200)
            with store.begin() as work:
                outbox.announce(work, school.id, [said(f"{writer}.{index}", key)])
                time.sleep(chance.random() / 200)

    async def listen() -> list[Any]:
        told: list[Any] = []
        for stay in [*stays, each * writers]:
            last = int(told[-1].id) if told else 0
            told += await heard(store, about(school, key), last, min(stay, each * writers - len(told)))
        return told

    with ThreadPoolExecutor(writers) as at_once:
        done = [at_once.submit(write, writer) for writer in range(writers)]
        told = asyncio.run(listen())
        for future in done:
            future.result()
    assert [int(event.id) for event in told] == list(range(1, each * writers + 1))
    assert len({json.loads(event.data)["name"] for event in told}) == each * writers


@pytest.mark.parametrize(("last", "first"), [(1, 3), (9, 4)])
def test_who_missed_what_is_kept_no_longer_is_told_so(
    store: Store, school: School, last: int, first: int
) -> None:
    announce(store, school, "a", "b", "c", "d")
    with store.begin() as work:
        work.session.query(OutboxMessage).filter(OutboxMessage.sequence < 4).delete()
    asked = Listener(about(school), last, 4)

    async def listen() -> list[Any]:
        telling = tell(store, Seats(), asked)
        opening = await anext(telling)
        assert opening.data is None
        missed = await anext(telling)
        await telling.aclose()
        return [missed.event, int(missed.id)]

    assert asyncio.run(listen()) == ["events_missed", first]


def test_a_reader_who_takes_nothing_is_left(
    store: Store, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PAGE", 10)
    announce(store, school, *(str(index) for index in range(100)))
    seats, taken = Seats(), 0

    async def send(message: Any) -> None:
        nonlocal taken
        taken += len(message.get("body", b"")) > 0
        if taken > 2:
            await asyncio.Event().wait()

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def serve() -> None:
        telling = tell(store, seats, Listener(about(school), 0, 0))
        response = EventSourceResponse(telling, ping=0, send_timeout=0.2)
        with pytest.raises(SendTimeoutError):
            await response({"type": "http", "method": "GET"}, receive, send)

    asyncio.run(serve())
    assert (taken, seats.taken) == (3, 0)


@pytest.fixture
def many_files() -> Iterator[None]:
    """Both ends of every connection are files of this one process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def listening(served: Any, path: str, pages: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """So many open streams."""
    ask = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.token}\r\n\r\n".encode()
    writers: list[asyncio.StreamWriter] = []

    async def one() -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(served.url.rpartition(":")[2]))
        writers.append(writer)
        writer.write(ask)
        await reader.readuntil(b"retry: 3000")
        return reader

    try:
        yield [each for _ in range(pages // 50) for each in await asyncio.gather(*(one() for _ in range(50)))]
    finally:
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers))


@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize("pages", [50, pytest.param(500, marks=pytest.mark.long)])
def test_many_pages_listen_and_hold_neither_connection_nor_thread(
    classroom: Any, client: TestClient, served: Any, runtime: Any, pages: int
) -> None:
    mark = {"student_id": str(classroom.student("101")), "status": "late"}
    path = f"/v1/lessons/{classroom.lesson_id}"

    async def listen() -> None:
        async with listening(served, f"{path}/events", pages) as readers:
            assert runtime.seats.taken == pages
            async with asyncio.timeout(60):
                while runtime.store.engine.pool.checkedout():
                    await asyncio.sleep(0.1)
            threads = threading.active_count()
            await asyncio.to_thread(client.post, f"{path}/marks", json=mark)
            await asyncio.gather(*(reader.readuntil(b'"status": "late"') for reader in readers))
            assert threading.active_count() <= threads + runtime.seats.readers + 1

    asyncio.run(listen())


@pytest.fixture
def processes(environment: dict[str, str]) -> Iterator[list[tuple[str, subprocess.Popen[bytes]]]]:
    """Two processes of the api on one database, with their addresses."""
    env = os.environ | environment | {"ADSUM_API_TOKEN": TOKEN}
    command = str(Path(sys.executable).parent / "adsum-api")
    ports = [free_port(), free_port()]
    children = [start_child((command, "serve", "--port", str(port)), env=env, quiet=True) for port in ports]
    yield [(f"http://127.0.0.1:{port}", child) for port, child in zip(ports, children, strict=True)]
    for child in children:
        stop_child(child)


def test_what_is_marked_through_one_process_is_told_by_another_and_no_kill_loses_it(
    classroom: Any, processes: list[tuple[str, Any]]
) -> None:
    """One process is killed without a word; the page resumes at the other, which ends well when asked to."""
    (first, killed), (second, ended) = processes
    students = [str(classroom.student(number)) for number in ("101", "102", "103")]
    here, head = f"/v1/lessons/{classroom.lesson_id}", {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(timeout=30, headers=head) as http:
        for url in (first, second):
            eventually_answers(http, url)

        def mark(student: str) -> None:
            body = {"student_id": student, "status": "present", "source": "office"}
            key = {"Idempotency-Key": student}
            assert http.post(f"{second}{here}/marks", json=body, headers=key).status_code == 201

        with http.stream("GET", f"{first}{here}/events") as stream:
            lines = stream.iter_lines()
            assert next_of(lines) == ("0", "")
            mark(students[0])
            number, told = next_of(lines)
            assert (number, json.loads(told)["student_id"]) == ("1", students[0])
            killed.kill()
            with pytest.raises(httpx.RemoteProtocolError):
                next_of(lines)
        mark(students[1])
        with http.stream("GET", f"{second}{here}/events", headers={"Last-Event-ID": number}) as stream:
            lines = stream.iter_lines()
            assert next_of(lines) == ("1", "")
            mark(students[2])
            told_then = [json.loads(next_of(lines)[1])["student_id"] for _ in range(2)]
            assert told_then == students[1:]
            ended.send_signal(signal.SIGTERM)
            assert not "".join(lines)
    assert ended.wait(20) in (0, -signal.SIGTERM)


def eventually_answers(http: httpx.Client, url: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if http.get(f"{url}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the process does not answer")


def next_of(lines: Iterator[str]) -> tuple[str, str]:
    """The number and content of the next event."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line and "id" in fields:
            return fields["id"], fields.get("data", "")
        name, _, value = line.partition(": ")
        fields[name] = value
    raise AssertionError("the stream ended")
