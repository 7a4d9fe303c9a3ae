"""What is sent to do harm is refused by a problem that says what is wrong, and never by a failure."""

from __future__ import annotations

import io
import json
import socket
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from adsum_api.limits import MAX_BODY_BYTES

JSON = {"Content-Type": "application/json"}
PNG = b"\x89PNG\r\n\x1a\n"
MEBIBYTE = 1024 * 1024


def assert_problem(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    assert problem["code"]


HOSTILE_JSON = {
    "nested 100,000 deep": b"[" * 100_000,
    "nested, and closed": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a number of 10,000 digits": b'{"number": ' + b"9" * 10_000 + b', "name": "Ada"}',
    "not a number": b'{"number": NaN, "name": "Ada"}',
    "endless": b'{"number": -Infinity, "name": "Ada"}',
    "a NUL": b'{"number": "1\\u0000", "name": "Ada"}',
    "half a surrogate pair": b'{"number": "1", "name": "\\ud800"}',
    "invalid UTF-8": b'{"number": "1", "name": "\xff\xfe"}',
    "UTF-16": '{"number": 1}'.encode("utf-16"),
    "cut off": b'{"number": "1", "na',
    "nothing": b"",
    "a list": b"[]",
    "an unknown field": b'{"number": "1", "name": "Ada", "school_id": "x"}',
}


@pytest.mark.parametrize("body", HOSTILE_JSON.values(), ids=HOSTILE_JSON.keys())
def test_hostile_json_is_refused(client: TestClient, body: bytes) -> None:
    assert_problem(client.post("/v1/students", content=body, headers=JSON), 400, 422)
    assert client.get("/v1/students").json() == []


def test_of_a_key_that_stands_twice_the_last_counts(client: TestClient) -> None:
    body = b'{"number": "1", "number": "2", "name": "Ada"}'
    made = client.post("/v1/students", content=body, headers=JSON)
    assert (made.status_code, made.json()["number"]) == (201, "2")


def test_a_body_beyond_the_bound_is_refused_whatever_length_it_states(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:  # sent in chunks, without a length
        for _ in range(MAX_BODY_BYTES // MEBIBYTE + 2):
            yield b" " * MEBIBYTE

    assert_problem(client.post("/v1/students", content=endless(), headers=JSON), 413)
    assert_problem(client.post("/v1/students", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON), 413)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", "x"]
)
def test_another_content_type_is_refused(client: TestClient, kind: str) -> None:
    body = json.dumps({"number": "1", "name": "Ada"}).encode()
    assert_problem(client.post("/v1/students", content=body, headers={"Content-Type": kind}), 400, 415, 422)


@pytest.mark.parametrize("q", ["%", "_", "\\", "%%", "a%", "A_a", "';--", "\\%"])
def test_a_search_knows_no_wildcards(client: TestClient, q: str) -> None:
    client.post("/v1/students", json={"number": "1", "name": "Ada"})
    assert client.get("/v1/students", params={"q": q}).json() == []
    odd = client.post("/v1/students", json={"number": "2", "name": f"x{q}y"}).json()
    assert [each["id"] for each in client.get("/v1/students", params={"q": q}).json()] == [odd["id"]]


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/main.py", "/static/..\\..\\main.py",
        "/attendance/attendance_..%2f..%2fetc.csv", "/v1/students/..%2f..%2fschool%00", "/v1/%00",
    ],
)  # fmt: skip
def test_a_path_leads_nowhere_else(client: TestClient, path: str) -> None:
    assert_problem(client.get(path), 404, 405, 422)


HOSTILE_QUERIES = (
    "limit=-1", "limit=9" + "9" * 400, "limit=NaN", "updated_since=9999-99-99", "limit=1%00", "q=%00",
    "updated_since=0001-01-01T00:00:00-23:59",
)  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE_QUERIES)
def test_hostile_queries_are_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/v1/students?{query}")
    if answer.status_code != 200:
        assert_problem(answer, 422)


@pytest.mark.parametrize("name", ["Ada\u202eevol", "\u2066Ada", "Ada\u2028B", "\u200b", "A\x85B", "\ufeff"])
def test_no_name_reads_like_another_or_like_none(client: TestClient, name: str) -> None:
    assert_problem(client.post("/v1/students", json={"number": "7", "name": name}), 422)


def test_joiners_and_marks_of_a_script_belong_to_names(client: TestClient) -> None:
    for number, name in enumerate(("علی\u200cرضا", "\u200fשרה", "O\u2019Neill", "Zoë")):
        answer = client.post("/v1/students", json={"number": str(number), "name": name})
        assert (answer.status_code, answer.json()["name"]) == (201, name)


@pytest.mark.parametrize("path", ["/v1/registers/missing", "/v1/reports/attendance", "/v1/reports/register"])
def test_there_is_no_day_before_the_calendars_first(client: TestClient, path: str) -> None:
    assert client.get(path, params={"to": "0001-01-01"}).status_code == 200


def zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


HOSTILE_ZIPS = {
    "no zip": PNG + bytes(100),
    "nothing in it": zipped(),
    "a way out": zipped(**{"../manifest.csv": b"propertyName,value\n", "/etc/passwd": b"x"}),
    "a zip within": zipped(**{"manifest.csv": zipped(**{"manifest.csv": b"a"})}),
    "ten thousand files": zipped(**{f"{n}.csv": b"" for n in range(10_000)}),
    "32 MB in one line": zipped(**{"manifest.csv": b"0" * 32 * MEBIBYTE}),
    "32 MB of lines": zipped(**{"manifest.csv": b"propertyName,value\n" + b"a,b\n" * 8 * MEBIBYTE}),
}


@pytest.mark.parametrize("content", HOSTILE_ZIPS.values(), ids=HOSTILE_ZIPS.keys())
def test_hostile_zips_are_refused(client: TestClient, content: bytes) -> None:
    sent = {"file": ("../../roster.zip", content, "application/zip")}
    assert_problem(client.post("/v1/imports/oneroster", files=sent), 400, 413, 422)


def raw(url: str, request: bytes) -> bytes:
    """Send bytes as they are to the api that really listens; return what it says."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        with suppress(OSError):  # it may have answered and hung up by now
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def test_tricks_with_headers_are_refused_before_anything_is_done(served: Any) -> None:
    head = (
        f"POST /v1/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.token}\r\n"
        "Content-Type: application/json\r\nIdempotency-Key: a\r\nConnection: close\r\n"
    ).encode()
    body = b'{"name": "B12"}'
    tricks = {
        "two lengths": b"Content-Length: 15\r\nContent-Length: 2\r\n\r\n" + body,
        "a length that is none": b"Content-Length: -1\r\n\r\n" + body,
        "chunks that are none": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body,
        "a header cut in two": b"X-Request-ID: a\rb\r\nContent-Length: 15\r\n\r\n" + body,
        "a NUL in a header": b"X-Request-ID: a\x00b\r\nContent-Length: 15\r\n\r\n" + body,
        "a huge header": b"X: " + b"x" * 2 * MEBIBYTE + b"\r\nContent-Length: 15\r\n\r\n" + body,
    }
    for trick, rest in tricks.items():
        try:
            said = raw(served.url, head + rest)
        except ConnectionError:
            continue  # cut off while it was still sending
        assert not said or said.startswith(b"HTTP/1.1 4"), (trick, said[:200])
    with httpx.Client(headers={"Authorization": f"Bearer {served.token}"}) as client:
        assert client.get(f"{served.url}/v1/rooms").json() == []
