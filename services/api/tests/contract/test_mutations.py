"""The documented examples, each value of theirs in turn replaced by one that nobody means well by."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient

TIMES: Final = (
    "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0000-00-00",
)  # fmt: skip
NUMBERS: Final = (-1, 0, 2**31, 2**63, 10**400, 1e308, 0.5)
TEXTS: Final = ("\0", "\ud800", "\u202eada", "%s %n {0}", "", "a" * 5000, "../../etc/passwd", "=1+1")
OTHERS: Final = (None, True, [], {}, [[]])
HOSTILE: Final = (*TIMES, *NUMBERS, *TEXTS, *OTHERS)
FEW: Final = 6
"""How many of them each place gets in the short form, other ones at the next."""

NOBODY: Final = "00000000-0000-4000-8000-000000000000"

Document = dict[str, Any]
Ids = dict[str, str]
Step = str | int


@pytest.fixture
def document(client: TestClient) -> Document:
    told: Document = client.get("/openapi.json").json()
    return told


@pytest.fixture
def ids(client: TestClient, clock: Any) -> Ids:
    """What the paths and the examples name: one of each."""
    made: Ids = {}

    def add(path: str, **fields: object) -> None:
        answer = client.post(f"/v1/{path}", json=fields)
        assert answer.status_code == 201, answer.text
        made[f"{path.rsplit('/', maxsplit=1)[-1].rstrip('s')}_id"] = answer.json()["id"]

    add("courses", title="Mathematics")
    for path in ("buildings", "rooms", "sections"):
        add(path, name=path)
    add("students", number="7", name="Ada")
    add("staff", name="Anna Keller")
    add("terms", title="Autumn", kind="term", starts_on="2026-01-01", ends_on="2026-06-30", school_year=2026)
    add("cameras", name="Front", room_id=made["room_id"])
    add("clients", name="Timetable", scopes=["roster:read"])
    add("webhooks", url="https://sis.example.org/hooks")
    add(f"students/{made['student_id']}/guardians", name="Maria", relation="parent")
    here = f"/v1/sections/{made['section_id']}/students/{made['student_id']}"
    assert client.put(here, json={"starts_on": "2026-01-01"}).is_success
    until = clock.now + timedelta(hours=1)
    times = {"starts_at": clock.now.isoformat(), "ends_at": until.isoformat()}
    add("lessons", room_id=made["room_id"], section_id=made["section_id"], **times)
    return made


def operations(document: Document, *methods: str) -> Iterator[tuple[str, str, Document]]:
    for path, by_method in document["paths"].items():
        for method in methods:
            if method in by_method and not path.endswith("/events"):
                yield method, path, by_method[method]


def addressed(path: str, ids: Ids) -> str:
    return re.sub(r"{(\w+)}", lambda part: ids.get(part[1], NOBODY), path)


def example(document: Document, operation: Document, ids: Ids) -> Any:
    """Return the example of what is sent, its ids those of rows that are there; None where nothing is."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    name = content["schema"]["$ref"].rsplit("/", 1)[1]
    schema = document["components"]["schemas"][name]
    return _ours(schema["examples"][0] if "examples" in schema else schema["example"], ids)


def _ours(value: Any, ids: Ids) -> Any:
    if isinstance(value, dict):
        return {key: ids[key] if key in ids else _ours(below, ids) for key, below in value.items()}
    return [_ours(each, ids) for each in value] if isinstance(value, list) else value


def places(value: Any, at: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    if at:
        yield at
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield from places(below, (*at, step))


def replaced(body: Any, at: tuple[Step, ...], value: object) -> bytes:
    changed = inner = copy.deepcopy(body)
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return json.dumps(changed).encode()


def test_no_query_breaks_an_answer(client: TestClient, document: Document, ids: Ids) -> None:
    for method, path, operation in operations(document, "get"):
        for each in operation.get("parameters", []):
            for value in (*TIMES, *NUMBERS, *TEXTS[:4]) if each["in"] == "query" else ():
                sent = {each["name"]: str(value).encode("utf-8", "surrogatepass")}
                answer = client.request(method, addressed(path, ids), params=sent)
                assert answer.status_code < 500, f"{path} {sent}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "few", [FEW, pytest.param(len(HOSTILE), marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
def test_no_body_breaks_an_endpoint(client: TestClient, document: Document, ids: Ids, few: int) -> None:
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    turn = 0
    for method, path, operation in operations(document, "post", "put", "patch"):
        body = example(document, operation, ids)
        for at in places(body):
            turn += few
            for value in (HOSTILE * 2)[turn % len(HOSTILE) :][:few]:
                sent = replaced(body, at, value)
                answer = client.request(method, addressed(path, ids), content=sent, headers=headers)
                assert answer.status_code < 500, f"{method} {path} {at} {value!a}"
