"""One token opens everything; without it nothing but the health page."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adsum_api.access.gate import COOKIE, OPEN
from adsum_api.access.operator_token import token_of

TOKEN = "the-token-of-these-tests"


def test_every_route_asks_for_the_token(api: FastAPI, stranger: TestClient) -> None:
    tried = 0
    for path, operations in api.openapi()["paths"].items():
        for method in operations:
            if path not in OPEN:
                answer = stranger.request(method, path.replace("{", "").replace("}", ""))
                assert (answer.status_code, path) == (401, path)
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["www-authenticate"].startswith("Bearer")
                tried += 1
    assert tried or len(api.openapi()["paths"]) == 1


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/no-such-page", "/healthz/../docs", "/healthzzz"]
)
def test_documents_and_unknown_pages_are_closed_too(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, "Bearer tökèn"]
)
def test_anything_but_the_token_is_refused(stranger: TestClient, header: str) -> None:
    answer = stranger.get("/docs", headers=[("Authorization", header.encode("latin-1"))])  # type: ignore[arg-type]
    assert answer.status_code == 401


def test_a_page_opened_with_the_token_once_stays_open(stranger: TestClient) -> None:
    welcome = stranger.get("/docs", params={"token": TOKEN, "q": "1"})
    assert welcome.status_code == 303
    assert welcome.headers["location"] == "/docs?q=1"
    assert {"HttpOnly", "SameSite=strict"} <= set(welcome.headers["set-cookie"].split("; "))
    assert TOKEN not in welcome.headers["set-cookie"]
    assert stranger.get("/docs").status_code == 200


def test_the_way_in_leads_to_no_other_site(stranger: TestClient) -> None:
    answer = stranger.get("http://testserver//evil.example/x", params={"token": TOKEN})
    assert answer.headers["location"].startswith("/evil.example")


def test_a_wrong_token_in_the_address_opens_nothing(stranger: TestClient) -> None:
    assert stranger.get("/docs", params={"token": "wrong"}).status_code == 401
    assert COOKIE not in stranger.cookies


def test_a_page_of_another_origin_may_not_write(stranger: TestClient) -> None:
    stranger.get("/docs", params={"token": TOKEN})
    foreign = stranger.post("/docs", headers={"Origin": "http://127.0.0.1:9999"})
    assert foreign.status_code == 403
    own = stranger.post("/docs", headers={"Origin": "http://testserver"})
    assert own.status_code == 405


def test_the_token_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    token, made = token_of(tmp_path / "state")
    assert made
    assert len(token) >= 32
    assert token_of(tmp_path / "state") == (token, False)
    assert (tmp_path / "state" / "api-token").stat().st_mode & 0o777 == 0o600


def test_unknown_routes_and_methods_are_problems(client: TestClient) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/healthz", 405)):
        answer = client.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
