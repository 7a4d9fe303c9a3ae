"""What is asked all day reads no whole big table, and takes no more statements of a larger record.

The statements are those that the requests really send; PostgreSQL is asked how it would run each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import md5, sha256
from typing import Any, Final
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, text

from adsum_api.bench.filling import LAST_DAY, Filled, Size, fill
from adsum_api.bench.load import questions
from adsum_api.bench.statements import HEADER, CountStatements
from adsum_api.main import build_app
from adsum_api.runtime import build_runtime
from adsum_api.settings import read_settings
from adsum_store.repositories import account_identities, accounts
from adsum_store.unit_of_work import Store
from services.api.tests.contract.around_the_record import surround

TOKEN = "the-token-of-these-tests"
EVERY_STUDENT: Final = {"students"}
"""What an export of a day may read as a whole: it is about everybody."""
LARGE, SMALL = Size(students=1_000, days=16, lessons_a_day=2), Size(students=50, days=2, lessons_a_day=2)
MEDIUM = Size(students=1_000, days=8, lessons_a_day=2)
TERM_FROM: Final = date(2026, 2, 12)
"""The first of the two days of a term that is an eighth of the record."""
SINCE = "updated_since=2100-01-01T00:00:00Z"

Sent = list[tuple[str, Any]]


@dataclass(frozen=True)
class Api:
    """A caller with the token, who is told how many statements each answer took; and the api's engine."""

    client: TestClient
    engine: Engine


@pytest.fixture
def api(environment: Mapping[str, str]) -> Iterator[Api]:
    runtime = build_runtime(read_settings())
    app = CountStatements(build_app(runtime, TOKEN), runtime.store.engine)
    with TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield Api(client, runtime.store.engine)
    runtime.close()


def asked(filled: Filled) -> list[str]:
    """What is asked: of one lesson, student, section or day, and of what changed."""
    lesson, student, section = filled.lessons[0], filled.students[0], filled.sections[0]
    measured = [each.paths[0] for each in questions(filled, TERM_FROM)]
    return [
        *measured, f"/v1/lessons/{lesson}/marks", f"/v1/lessons/{lesson}/corrections",
        f"/v1/lessons/{lesson}/known-elsewhere", f"/v1/students/{student}",
        f"/v1/sections/{section}/students", f"/v1/sections/{section}/students?{SINCE}",
        f"/v1/lessons?date={LAST_DAY}&limit=50", f"/v1/lessons?date={LAST_DAY}&{SINCE}",
        f"/v1/attendance?date={LAST_DAY}&limit=50", f"/v1/attendance?date={LAST_DAY}&{SINCE}",
        "/v1/students?limit=50", f"/v1/students?{SINCE}",
    ]  # fmt: skip


@contextmanager
def sent_to(engine: Engine) -> Iterator[Sent]:
    """Collect the statements of the block."""
    sent: Sent = []

    def collect(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", collect)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", collect)


def rows_read(engine: Engine, statement: str, parameters: Any) -> Counter[str]:
    """How many rows of each big table PostgreSQL looks at to answer the statement.

    A table of a few pages is read whole whatever its indexes are, for that is quicker: so the planner is
    asked for the way that it takes in a large one.
    """
    read: Counter[str] = Counter()
    with engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        told = connection.exec_driver_sql("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, parameters)
        for node in nodes(told.scalar_one()[0]["Plan"]):
            table = node.get("Relation Name", "").partition("_p")[0]
            filtered = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            read[table] += round((node["Actual Rows"] + filtered) * node["Actual Loops"])
    return read


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's node, and those under it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def test_no_question_reads_a_whole_big_table(api: Api) -> None:
    filled = fill(api.engine, LARGE, str)
    there = big_tables(LARGE)
    faults = [
        f"{path} reads {whole}: {statement}"
        for path in asked(filled)
        for statement, whole in read_whole(api, path, there)
        if whole - (EVERY_STUDENT if is_of_all(path) else set())
    ]
    assert faults == []


def is_of_all(path: str) -> bool:
    """Whether it asks of every student of the school, on one day."""
    return str(LAST_DAY) in path and str(TERM_FROM) not in path and "lessons" not in path


def test_a_question_takes_as_many_statements_of_a_larger_record(api: Api) -> None:
    told = []
    for size in (SMALL, LARGE):
        with api.engine.begin() as connection:
            connection.execute(text("TRUNCATE schools RESTART IDENTITY CASCADE"))
        filled = fill(api.engine, size, str)
        told.append([int(api.client.get(path).headers[HEADER]) for path in asked(filled)])
    assert told[0] == told[1]
    assert all(0 < count < 10 for count in told[0])


def asked_around(filled: Filled) -> list[str]:
    """What is asked besides registers: of one person, of what is open, and of what changed."""
    lesson, student, webhook = filled.lessons[0], filled.students[0], UUID(md5(b"webhook").hexdigest())
    long_ago = f"{datetime.now(UTC) - timedelta(days=80):%Y-%m-%dT%H:%M:%SZ}"
    changing = ("absences", "absence-warnings", "audit", "erasures", f"webhooks/{webhook}/deliveries")
    return [
        *(f"/v1/{each}?limit=50" for each in changing), *(f"/v1/{each}?{SINCE}" for each in changing),
        "/v1/absence-warnings?state=held&limit=50", f"/v1/absences?student_id={student}",
        f"/v1/absences?from={LAST_DAY}&to={LAST_DAY}&limit=50", "/v1/audit?action=roster.imported&limit=50",
        f"/v1/audit?subject_id={student}", f"/v1/webhooks/{webhook}/deliveries?state=failed&limit=50",
        f"/v1/deletions?since={long_ago}&limit=50", "/v1/deletions?since=2100-01-01T00:00:00Z",
        f"/v1/students/{student}/consent",
        f"/v1/students/{student}/guardians", f"/v1/lessons/{lesson}/review",
        f"/v1/lessons/{lesson}/students/{student}/presence",
        f"/v1/registers/missing?from={LAST_DAY}&limit=50",
        "/v1/cameras?limit=50", "/cameras", "/registers", "/metrics", "/healthz",
        "/v1/retention",
    ]  # fmt: skip


OF_EVERYBODY: Final[Mapping[str, set[str]]] = {
    "/v1/emergency": {"students"},
    "/v1/consents/lacking?limit=50": {"students", "consents"},
    f"/v1/consents/lacking?{SINCE}": {"students", "consents"},
    f"/?date={LAST_DAY}": {"section_enrolments"},
}
"""Lists of all students of the school, and what they may look at once for each of these."""


def test_no_list_beside_the_registers_reads_a_whole_big_table(api: Api) -> None:
    filled = fill(api.engine, MEDIUM, str)
    there = big_tables(MEDIUM) | surround(api.engine)
    del there["webhooks"]
    faults = [
        f"{path} reads {whole}: {statement}"
        for path in (*asked_around(filled), *OF_EVERYBODY)
        for statement, whole in read_whole(api, path, there)
        if whole - OF_EVERYBODY.get(path, set())
    ]
    assert faults == []


def big_tables(size: Size) -> dict[str, int]:
    """How many rows the tables of the record itself have."""
    lessons = size.marks // size.a_class
    of_students = dict.fromkeys(("students", "consents", "templates"), size.students)
    enrolments = size.students * size.lessons_a_day
    marks = dict.fromkeys(("marks", "register_entries"), size.marks)
    return {**marks, **of_students, "lessons": lessons, "section_enrolments": enrolments}


def read_whole(api: Api, path: str, there: Mapping[str, int]) -> Iterator[tuple[str, set[str]]]:
    """Yield each statement of a request, and the tables of which it looks at more than half."""
    with sent_to(api.engine) as sent:
        answer = api.client.get(path)
    assert answer.status_code == 200, (path, answer.text)
    for statement, parameters in sent:
        read = rows_read(api.engine, statement, parameters)
        yield statement, {table for table, rows in there.items() if read[table] > rows / 2}


def test_who_signs_in_is_found_without_reading_all_accounts(api: Api) -> None:
    fill(api.engine, SMALL, str)
    there = surround(api.engine)
    with sent_to(api.engine) as sent, Store(api.engine).begin() as work:
        assert accounts.of_session(work, sha256(b"user-7").digest(), datetime.now(UTC)) is not None
        assert accounts.by_username(work, "USER-7") is not None
        assert account_identities.account_of(work, "https://issuer.example", "user-7") is not None
        assert account_identities.accounts_with_email(work, "7@Example.org") != []
    for statement, parameters in sent:
        read = rows_read(api.engine, statement, parameters)
        assert [table for table in ("accounts", "sessions") if read[table] > there[table] / 2] == [], (
            statement
        )


def test_a_whole_reading_is_noticed(api: Api) -> None:
    fill(api.engine, SMALL, str)
    by_actor = rows_read(api.engine, "SELECT FROM marks WHERE actor = %(actor)s", {"actor": "nobody"})
    assert by_actor["marks"] == SMALL.marks
    assert rows_read(api.engine, "SELECT FROM templates", {})["templates"] == SMALL.students
