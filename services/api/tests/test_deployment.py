"""What the server says of itself: every service by its own word, tables, disks, queues, cameras, backups."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import redis
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.backup.noting import last_backup, note_backup
from adsum_api.main import build_app
from adsum_api.runtime import Runtime
from adsum_contracts.reporting import Reporter, disk_of
from adsum_contracts.reports import KEPT_S, Particulars, RedisStanding, ServiceName, StreamsStanding
from adsum_contracts.routes import QUEUE_DECIDE
from adsum_local.ports import free_port
from adsum_store.migrations import head
from adsum_store.models import AuditEntry, Camera, Room, School

PATH = "/v1/health/deployment"
TOKEN = "the-token-of-these-tests"
STREAMS = StreamsStanding(
    entries=3, in_flight=1, oldest_age_s=2.5, dead_letters=0,
    server=RedisStanding(name="ingress", entries_kept=True, memory_bytes=9, memory_limit_bytes=10),
)  # fmt: skip


def says(broker: redis.Redis, service: ServiceName, told: Particulars) -> Reporter:
    reporter = Reporter(broker, service, lambda: 1.2, lambda: told, outages=(redis.RedisError,))
    reporter.report()
    return reporter


def test_services_are_told_of_by_their_own_word_and_only_while_it_is_fresh(
    client: TestClient, runtime: Runtime, tmp_path: Path
) -> None:
    assert client.get(PATH).json()["services"] == []
    says(runtime.broker, "dispatcher", Particulars(streams=STREAMS))
    says(runtime.broker, "beat", Particulars(disks=disk_of("state", tmp_path / "not" / "there")))
    runtime.broker.set("v1:services:recognizer:of-another-version", '{"version": 2}')
    told = client.get(PATH).json()
    assert [(each["service"], each["idle_s"]) for each in told["services"]] == [
        ("beat", 1.2), ("dispatcher", 1.2),
    ]  # fmt: skip
    assert told["services"][0]["release"] == told["release"]
    assert 0 < told["services"][0]["disks"][0]["free_bytes"] < told["services"][0]["disks"][0]["total_bytes"]
    assert told["streams"]["oldest_age_s"] == 2.5
    kept_for = [runtime.broker.ttl(name) for name in runtime.broker.keys("v1:services:beat*")]
    assert all(0 < ttl <= KEPT_S for ttl in kept_for), kept_for


def test_tables_queues_and_the_broker_are_told(client: TestClient, runtime: Runtime) -> None:
    runtime.broker.lpush(QUEUE_DECIDE, "{}", "{}")
    told = client.get(PATH).json()
    assert told["schema"]["applied"] == told["schema"]["expected"] == head()
    assert told["schema"]["database_bytes"] > 1_000_000
    assert told["queues"][QUEUE_DECIDE] == 2
    assert told["broker"]["entries_kept"] is True
    assert told["ingress"] == {"url": None, "ca_pem": None, "default_user_off": None}


def test_a_broker_that_is_away_hides_nothing_else(runtime: Runtime) -> None:
    away = replace(runtime, broker=redis.Redis(port=free_port()))
    with TestClient(build_app(away, TOKEN), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        answer = client.get(PATH)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["broker"], told["queues"], told["services"]) == (None, {}, [])
    assert told["schema"]["applied"] == head()


def test_cameras_of_the_callers_school_are_counted(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    with runtime.store.begin() as work:
        other = School(name="Another", timezone="UTC")
        work.session.add(other)
        work.session.flush()
        for of in (school, other):
            room = Room(school_id=of.id, name="Room 1")
            work.session.add(room)
            work.session.flush()
            work.session.add(Camera(school_id=of.id, room_id=room.id, name="Door", key_sealed=b""))
    assert client.get(PATH).json()["cameras"] == {"heard": [], "never_heard": 1}


def test_a_backup_that_was_noted_is_told_and_stands_in_the_log_of_every_school(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    assert client.get(PATH).json()["backup"] is None
    with runtime.store.begin() as work:
        other = School(name="Another", timezone="UTC")
        work.session.add(other)
        work.session.flush()
        note_backup(work, "sealed", rows=12)
    with runtime.store.begin() as work:
        note_backup(work, "elsewhere")
    assert client.get(PATH).json()["backup"]["how"] == "elsewhere"
    with runtime.store.begin() as work:
        entries = work.session.query(AuditEntry).order_by(AuditEntry.id).all()
        assert [entry.details["rows"] for entry in entries] == [12, 12, None, None]
        last = last_backup(work, other.id)
        assert last is not None
        assert last.how == "elsewhere"
        assert abs(last.at - entries[-1].at) < timedelta(seconds=5)


def test_the_command_notes_a_backup_that_another_program_made(
    environment: dict[str, str], client: TestClient
) -> None:
    done = CliRunner().invoke(app, ["backup", "--made-elsewhere"])
    assert done.exit_code == 0, done.output
    assert client.get(PATH).json()["backup"]["how"] == "elsewhere"


def test_the_command_does_one_or_the_other(environment: dict[str, str], tmp_path: Path) -> None:
    for words in ([], ["--made-elsewhere", "--out", str(tmp_path / "a")]):
        done = CliRunner().invoke(app, ["backup", *words])
        assert done.exit_code == 2
        assert "--made-elsewhere" in done.output
