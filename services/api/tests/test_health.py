"""The health page says which server is away, to anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import redis
from fastapi.testclient import TestClient

from adsum_api.main import build_app
from adsum_api.runtime import Runtime
from adsum_local.ports import free_port
from adsum_store.engine import create_store_engine
from adsum_store.models import RetentionRun, School
from adsum_store.unit_of_work import Store


def test_all_servers_answer(stranger: TestClient) -> None:
    answer = stranger.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"postgres": "ok", "ingress": "ok", "broker": "ok", "retention": "ok"},
    }


def test_retention_that_stands_still_or_fails_is_told_and_nothing_is_restarted(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    def told() -> tuple[int, str, str]:
        answer = client.get("/healthz")
        return answer.status_code, answer.json()["status"], answer.json()["checks"]["retention"]

    def ran(at: datetime, error: str | None = None) -> None:
        with runtime.store.begin() as work:
            for kind in ("photos", "crops", "sightings", "kept_answers", "messages", "proofs"):
                failed = error if kind == "messages" else None
                run = {"kind": kind, "ran_at": at, "cutoff": at, "deleted": 0, "error": failed}
                work.session.add(RetentionRun(school_id=school.id, **run))

    now = datetime.now(UTC)
    for late, clock_late in ((timedelta(hours=1), "ok"), (timedelta(hours=3), "overdue")):
        moved = replace(runtime, clock=lambda late=late: now + late)
        with TestClient(build_app(moved, "a-token-for-this-one")) as later:
            health = later.get("/healthz").json()
        assert (health["status"] == "degraded") == (clock_late == "overdue")
    ran(runtime.clock())
    assert told() == (200, "ok", "ok")
    assert 'last_success_age_seconds{kind="messages"} 0.0' in client.get("/metrics").text
    ran(runtime.clock() + timedelta(minutes=10), error="ProgrammingError")
    assert told() == (200, "degraded", "messages: the last run failed: ProgrammingError")
    assert "adsum_api_retention_clocks_ringing 1.0" in client.get("/metrics").text
    page = client.get("/").text
    assert "Data is kept longer than it may be" in page
    assert "messages: the last run failed" in page
    ran(runtime.clock() + timedelta(minutes=20))
    assert told() == (200, "ok", "ok")
    assert "kept longer" not in client.get("/").text


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
