"""The health page says which server is away, to anybody."""

from __future__ import annotations

from dataclasses import replace

import redis
from fastapi.testclient import TestClient

from adsum_api.main import build_app
from adsum_api.runtime import Runtime
from adsum_local.ports import free_port
from adsum_store.engine import create_store_engine
from adsum_store.unit_of_work import Store


def test_all_servers_answer(stranger: TestClient) -> None:
    answer = stranger.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"postgres": "ok", "ingress": "ok", "broker": "ok"}}


def test_a_server_that_is_away_is_named(runtime: Runtime) -> None:
    nobody = free_port()
    away = replace(
        runtime,
        store=Store(create_store_engine(f"postgresql+psycopg://postgres:secret@127.0.0.1:{nobody}/adsum")),
        ingress=redis.Redis(port=nobody),
    )
    with TestClient(build_app(away, "a-token-for-this-one")) as client:
        answer = client.get("/healthz")
    assert answer.status_code == 503
    checks = {"postgres": "OperationalError", "ingress": "ConnectionError", "broker": "ok"}
    assert answer.json() == {"status": "failing", "checks": checks}
