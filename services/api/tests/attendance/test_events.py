"""Server-sent events: told as committed, resumed, bounded, and patient with Postgres."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from adsum_api.attendance import events
from adsum_api.attendance.events import Listener, tell
from adsum_api.attendance.projection import REGISTER_TOPIC
from adsum_api.attendance.seats import Seats
from adsum_local.ports import free_port
from adsum_store.engine import create_store_engine
from adsum_store.repositories.outbox import Subject
from adsum_store.unit_of_work import Store


def marked(classroom: Any, client: TestClient, number: str, status: str = "present") -> str:
    student = str(classroom.student(number))
    body = {"student_id": student, "status": status}
    client.post(f"/v1/lessons/{classroom.lesson_id}/marks", json=body)
    return student


def from_the_start(classroom: Any) -> Listener:
    return Listener(Subject(classroom.school_id, REGISTER_TOPIC, str(classroom.lesson_id)), 0, 0)


async def next_event(telling: Any) -> Any:
    """The next event that has a content: the first only says where the stream stands."""
    while (event := await anext(telling)).data is None:
        assert event.retry
    return event


def read(lines: Iterator[str]) -> dict[str, Any]:
    """The next event of a stream."""
    event: dict[str, str] = {}
    for line in lines:
        if not line and "data" in event:
            return {**event, "data": json.loads(event["data"])}
        field, _, value = line.partition(": ")
        if field in {"id", "event", "data"}:
            event[field] = value
    raise AssertionError("the stream ended")


def test_a_change_is_told_and_a_returning_page_goes_on_where_it_was(
    classroom: Any, client: TestClient, served: Any
) -> None:
    path = f"/v1/lessons/{classroom.lesson_id}/events"
    with httpx.Client(timeout=20) as http:
        answer = http.send(served.get(path), stream=True)
        assert answer.headers["content-type"].startswith("text/event-stream")
        ada = marked(classroom, client, "101")
        bea = marked(classroom, client, "102", "absent")
        lines = answer.iter_lines()
        first, second = read(lines), read(lines)
        answer.close()
        assert (first["event"], first["data"]["student_id"]) == ("register_changed", ada)
        assert (second["data"]["student_id"], second["data"]["status"]) == (bea, "absent")
        resumed = http.send(served.get(path, **{"Last-Event-ID": first["id"]}), stream=True)
        assert read(resumed.iter_lines()) == second
        resumed.close()


def test_a_strange_last_event_id_is_refused(classroom: Any, client: TestClient) -> None:
    path = f"/v1/lessons/{classroom.lesson_id}/events"
    for sent in ("x", "-1", "1e3", "9" * 19):
        assert client.get(path, headers={"Last-Event-ID": sent}).status_code == 422


def test_no_more_pages_listen_than_there_are_seats(classroom: Any, client: TestClient, runtime: Any) -> None:
    runtime.seats.taken = runtime.seats.limit
    answer = client.get(f"/v1/lessons/{classroom.lesson_id}/events")
    assert (answer.status_code, answer.json()["code"]) == (503, "too-many-listeners")


def test_one_caller_leaves_seats_for_the_others(classroom: Any, client: TestClient, runtime: Any) -> None:
    path = f"/v1/lessons/{classroom.lesson_id}/events"
    with ExitStack() as pages:
        for _ in range(runtime.seats.each):
            pages.enter_context(runtime.seats.one("operator"))
        assert client.get(path).json()["code"] == "too-many-listeners"
        runtime.seats.check("account:of somebody else")
    runtime.seats.check("operator")


def test_telling_holds_no_connection_while_idle_and_gives_its_seat_back(
    classroom: Any, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = marked(classroom, client, "101")
    seats = Seats()

    async def listen() -> None:
        telling = tell(classroom.store, seats, from_the_start(classroom))
        event = await next_event(telling)
        assert json.loads(event.data)["student_id"] == ada
        assert seats.taken == 1
        assert classroom.store.engine.pool.checkedout() == 0
        await telling.aclose()

    asyncio.run(listen())
    assert seats.taken == 0


def test_telling_goes_on_when_postgres_comes_back(
    classroom: Any, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "RETRY_S", 0.05)
    ada = marked(classroom, client, "101")
    away = Store(create_store_engine(f"postgresql+psycopg://postgres:x@127.0.0.1:{free_port()}/adsum"))
    back = Store(classroom.store.engine)

    async def listen() -> None:
        telling = tell(away, Seats(), from_the_start(classroom))
        waiting = asyncio.ensure_future(next_event(telling))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        away.begin = back.begin  # type: ignore[method-assign]
        event = await asyncio.wait_for(waiting, 20)
        assert json.loads(event.data)["student_id"] == ada
        await telling.aclose()

    asyncio.run(listen())


def test_a_broken_connection_is_replaced(classroom: Any, client: TestClient) -> None:
    marked(classroom, client, "101")

    async def listen() -> None:
        telling = tell(classroom.store, Seats(), from_the_start(classroom))
        await next_event(telling)
        with classroom.store.begin() as work:
            work.session.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                     "AND datname = current_database()")
            )  # fmt: skip
        bea = marked(classroom, client, "102")
        event = await asyncio.wait_for(next_event(telling), 20)
        assert json.loads(event.data)["student_id"] == bea
        await telling.aclose()

    asyncio.run(listen())
