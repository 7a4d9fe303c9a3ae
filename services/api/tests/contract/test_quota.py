"""How much a caller may ask, and how they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.contract.quota import EXCEEDED, Quota, Window, asked_again
from adsum_api.main import build_app
from adsum_api.runtime import Runtime
from adsum_store.models import Account

TOKEN = "the-token-of-these-tests"
PASSWORD = "correct horse battery"


@pytest.fixture
def hurried(runtime: Runtime) -> Iterator[TestClient]:
    """A caller who may ask twice in an hour."""
    app: FastAPI = build_app(runtime, TOKEN, Quota(2, window_s=3600))
    with TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"}) as hurried:
        yield hurried


def test_who_asks_too_much_is_told_to_wait(hurried: TestClient) -> None:
    first, second, third = (hurried.get("/v1/school") for _ in range(3))
    assert [each.status_code for each in (first, second, third)] == [200, 200, 429]
    assert first.headers["ratelimit-policy"] == '"default";q=2;w=3600'
    assert first.headers["ratelimit"] == '"default";r=1;t=3600'
    assert second.headers["ratelimit"].startswith('"default";r=0;t=')
    assert 0 < int(third.headers["retry-after"]) <= 3600
    assert (third.json()["type"], third.json()["violated-policies"]) == (EXCEEDED, ["default"])
    assert third.headers["content-type"] == "application/problem+json"


def test_neither_pages_nor_the_original_routes_nor_strangers_are_counted(hurried: TestClient) -> None:
    for _ in range(3):
        assert hurried.get("/").status_code == 200
        refused = hurried.get("/v1/school", headers={"Authorization": "Bearer wrong"})
        assert (refused.status_code, "ratelimit" in refused.headers) == (401, False)
    assert hurried.get("/v1/school").status_code == 200


def test_nobody_uses_up_what_another_may_ask(runtime: Runtime, add_account: Callable[..., Account]) -> None:
    app, statuses = build_app(runtime, TOKEN, Quota(2, window_s=3600)), {}
    for name in ("ada", "bea"):
        add_account(name)
        with TestClient(app, follow_redirects=False) as browser:
            browser.post("/sign-in", data={"username": name, "password": PASSWORD})
            statuses[name] = [browser.get("/v1/school").status_code for _ in range(3)]
    assert statuses == {"ada": [200, 200, 429], "bea": [200, 200, 429]}


@given(st.lists(st.floats(0, 500), min_size=1, max_size=50), st.integers(1, 5))
def test_no_window_lets_more_through_than_its_quota(times: list[float], requests: int) -> None:
    quota = Quota(requests)
    window: Window | None = None
    through: dict[float, int] = {}
    for now_s in sorted(times):
        window = asked_again(window, quota, now_s)
        assert window.began_s <= now_s < window.began_s + quota.window_s
        assert 1 <= window.ends_in_s(quota, now_s) <= quota.window_s
        if window.asked <= quota.requests:
            through[window.began_s] = through.get(window.began_s, 0) + 1
    assert all(count <= requests for count in through.values())
