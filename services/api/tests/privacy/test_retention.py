"""Retention: what is too old goes, each run is proved, and a clock that fails or stands still rings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from adsum_api.retention.clocks import OVERDUE, BadRetention, alarm_of, check_days
from adsum_api.retention.service import purge_expired
from adsum_api.runtime import Runtime
from adsum_store.models import AuditEntry, OutboxMessage, School
from adsum_store.repositories import audit, retention
from adsum_store.repositories.audit import Action, NewEntry

NOW = datetime.now(UTC)


def shown(client: TestClient) -> dict[str, Any]:
    answer = client.get("/v1/retention").json()
    return {"alarm": answer["alarm"]} | {clock["kind"]: clock for clock in answer["clocks"]}


def purge(runtime: Runtime, at: datetime) -> None:
    with runtime.store.begin() as work:
        purge_expired(work, at)


def message(runtime: Runtime, school: School, at: datetime) -> None:
    with runtime.store.begin() as work:
        work.session.add(
            OutboxMessage(
                school_id=school.id,
                topic="test",
                key="x",
                sequence=int(at.timestamp()),
                dedupe_key=str(uuid4()),
                payload={},
                created_at=at,
            )
        )


def test_a_run_deletes_what_is_too_old_and_proves_it(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    now = runtime.clock()
    message(runtime, school, now - timedelta(days=8))
    message(runtime, school, now - timedelta(days=6))
    purge(runtime, now)
    told = shown(client)
    proof = told["messages"]["proof"]
    assert (told["alarm"], proof["deleted"], proof["ok"]) == (False, 1, True)
    assert datetime.fromisoformat(proof["oldest_left"]) == now - timedelta(days=6)
    assert told["marks"]["keep_days"] is None


def test_a_school_sets_its_own_clock_within_limits(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    now = runtime.clock()
    assert client.patch("/v1/school", json={"retention_days": {"messages": 2}}).status_code == 200
    message(runtime, school, now - timedelta(days=3))
    purge(runtime, now)
    assert (shown(client)["messages"]["keep_days"], shown(client)["messages"]["proof"]["deleted"]) == (2, 1)
    for wrong in ({"sightings": 401}, {"nothing": 7}, {"crops": 0}, {"kept_answers": 1}):
        assert client.patch("/v1/school", json={"retention_days": wrong}).status_code == 422


@pytest.mark.parametrize("days", [{"marks": 1}, {"photos": 2}])
def test_what_no_school_may_set_is_refused(days: dict[str, int]) -> None:
    with pytest.raises(BadRetention):
        check_days(days)


def test_an_alarm_rings_when_a_run_failed_or_is_overdue() -> None:
    assert alarm_of(None, None, NOW, since=NOW) is None
    assert alarm_of(NOW - OVERDUE, None, NOW, since=NOW) is None
    assert "not run" in str(alarm_of(NOW - OVERDUE - timedelta(seconds=1), None, NOW, since=NOW))
    assert "not run" in str(alarm_of(None, None, NOW, since=NOW - timedelta(days=1)))
    assert "failed" in str(alarm_of(NOW, "DataError", NOW, since=NOW))


def test_a_clock_that_fails_rings_and_stops_no_other(
    client: TestClient, runtime: Runtime, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = retention.delete_before

    def broken(work: Any, school_id: Any, kind: str, cutoff: datetime) -> retention.Deleted:
        if kind == "sightings":
            raise ProgrammingError("DELETE", {}, Exception("no such table"))
        return delete(work, school_id, kind, cutoff)

    monkeypatch.setattr(retention, "delete_before", broken)
    message(runtime, school, runtime.clock() - timedelta(days=8))
    purge(runtime, runtime.clock())
    told = shown(client)
    assert (told["alarm"], told["sightings"]["proof"]["ok"]) == (True, False)
    assert told["messages"]["proof"]["deleted"] == 1


def test_a_log_that_was_shortened_by_its_clock_still_holds(runtime: Runtime, school: School) -> None:
    for _ in range(3):
        with runtime.store.begin() as work:
            audit.append(work, NewEntry(school.id, "test", Action.CONSENT_GIVEN, ("student", "7")))
    with runtime.store.begin() as work:
        middle = work.session.scalars(select(AuditEntry.at).order_by(AuditEntry.id)).all()[1]
        assert retention.delete_before(work, school.id, "audit", middle).rows == 1
    with runtime.store.begin() as work:
        verdict = audit.verify(work, school.id)
        assert (verdict.entries, verdict.broken) == (3, None)
        work.session.execute(text("SET LOCAL session_replication_role = replica"))
        work.session.execute(text("DELETE FROM audit_entries WHERE id = (SELECT min(id) FROM audit_entries)"))
        assert audit.verify(work, school.id).broken is not None
