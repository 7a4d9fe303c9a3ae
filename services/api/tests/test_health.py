"""The health page says which server is away, to anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import redis
from fastapi.testclient import TestClient

from adsum_api.main import build_app
from adsum_api.runtime import Runtime
from adsum_local.ports import free_port
from adsum_store.engine import create_store_engine
from adsum_store.models import (
    Camera,
    CameraHeartbeat,
    Lesson,
    RetentionRun,
    Room,
    School,
    Section,
)
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


def test_answers_cameras_and_the_days_registers_are_told_and_nothing_that_was_asked_for(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    now = runtime.clock()
    with runtime.store.begin() as work:
        room = Room(school_id=school.id, name="Secret room")
        section = Section(school_id=school.id, name="Secret section", late_after_s=300)
        work.session.add_all([room, section])
        work.session.flush()
        camera = Camera(school_id=school.id, room_id=room.id, name="Secret camera", key_sealed=b"")
        work.session.add(camera)
        for place, (ended, fields) in enumerate(
            (
                (False, {}),
                (True, {}),
                (True, {"closed_at": now}),
                (True, {"closed_at": now, "finalised_at": now}),
            )
        ):
            hour = timedelta(hours=1)
            span = {"starts_at": now - 3 * hour, "ends_at": now - hour if ended else now + hour}
            of_school = {"school_id": school.id, "section_id": section.id, "room_id": room.id}
            work.session.add(Lesson(**of_school, **span, **fields, late_after_s=300, key=str(place)))
        work.session.flush()
        beat = {
            "spool_id": uuid4(), "sequence": 1, "since": now, "at": now - timedelta(seconds=7), "fps": 12.5,
            "frames": 1, "frames_dropped": 0, "faces": 0, "faces_too_small": 0, "spool_depth": 3,
            "tracks": [],
        }  # fmt: skip
        work.session.add(CameraHeartbeat(school_id=school.id, camera_id=camera.id, state="watching", **beat))
    client.get(f"/v1/students/{uuid4()}")
    told = client.get("/metrics").text
    assert f'adsum_api_camera_spool_events{{camera="{camera.id}"}} 3.0' in told
    assert f'adsum_api_camera_state{{camera="{camera.id}",state="watching"}} 1.0' in told
    for state in ("running", "closing", "unsigned", "signed"):
        assert f'adsum_api_lessons{{state="{state}"}} 1.0' in told
    asked = 'adsum_api_request_seconds_count{method="GET",route="/v1/students/{student_id}",status="4xx"} 1.0'
    assert asked in told
    assert "Secret" not in told
