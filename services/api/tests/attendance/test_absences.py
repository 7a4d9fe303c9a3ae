"""Planned absences excuse who was not seen, and nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from fastapi.testclient import TestClient

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement

NINE = datetime.fromisoformat("2026-02-11T09:00:00Z")


def plan(client: TestClient, student: UUID, **more: Any) -> Any:
    days = {} if "lesson_ids" in more else {"starts_on": "2026-02-11", "ends_on": "2026-02-12"}
    body = {"student_id": str(student), "kind": "family", "told_by": "mother"} | days | more
    return client.post("/v1/absences", json=body)


def close(classroom: Any) -> None:
    with classroom.store.begin() as work:
        now = NINE + timedelta(minutes=46)
        service.close(work, classroom.school_id, classroom.lesson_id, Agreement(), now)


def statuses(client: TestClient, classroom: Any) -> dict[str, str]:
    entries = client.get(f"/v1/lessons/{classroom.lesson_id}/register").json()["entries"]
    return {entry["number"]: entry["status"] for entry in entries}


def test_an_absence_excuses_at_once_and_until_it_is_withdrawn(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    classroom.watched()
    told = plan(client, ada, reason="a wedding")
    assert told.status_code == 201
    assert statuses(client, classroom) == {"101": "excused"}
    close(classroom)
    assert classroom.statuses(ada) == ["excused", "absent"]
    assert statuses(client, classroom) == {"101": "excused"}
    path = f"/v1/absences/{told.json()['id']}"
    assert client.delete(path, headers={"If-Match": '"other"'}).status_code == 412
    gone = client.delete(path, headers={"If-Match": told.headers["etag"]})
    assert (gone.status_code, gone.json()["withdrawn_by"]) == (200, "operator")
    assert client.delete(path, headers={"If-Match": "*"}).json() == gone.json()
    assert statuses(client, classroom) == {"101": "absent"}


def test_who_is_seen_all_the_same_goes_to_review(classroom: Any, client: TestClient) -> None:
    ada, bea = classroom.student("101"), classroom.student("102")
    plan(client, ada)
    classroom.track(ada, 1, 44)
    classroom.track(bea, 1, 44)
    classroom.watched()
    close(classroom)
    plan(client, bea)  # told only afterwards
    assert statuses(client, classroom) == {"101": "pending_review", "102": "pending_review"}
    assert classroom.log(ada)[-1].evidence["review"] == "planned_absence"
    body = {"student_id": str(ada), "status": "present"}
    client.post(f"/v1/lessons/{classroom.lesson_id}/marks", json=body)
    assert statuses(client, classroom)["101"] == "present"


def test_an_absence_of_lessons_speaks_of_those_alone(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    other = classroom.lesson(NINE + timedelta(hours=1))
    told = plan(client, ada, lesson_ids=[str(other)])
    assert (told.json()["starts_on"], told.json()["ends_on"]) == ("2026-02-11", "2026-02-11")
    assert statuses(client, classroom) == {"101": "unmarked"}
    assert classroom.statuses(ada) == ["excused"]
    assert plan(client, ada, lesson_ids=[str(uuid4())]).status_code == 404


def test_a_lesson_of_later_days_is_excused_when_it_begins(
    classroom: Any, client: TestClient, clock: Any, runtime: Any
) -> None:
    ada = classroom.student("101")
    tomorrow = classroom.lesson(NINE + timedelta(days=1))
    plan(client, ada)
    assert len(classroom.log(ada)) == 1
    clock.now = NINE + timedelta(days=1, minutes=1)
    service.close_due(runtime.store, Agreement(), runtime.clock)
    assert classroom.log(ada)[-1].lesson_id == tomorrow
    assert classroom.log(ada)[-1].status == "excused"


def test_absences_are_listed_and_what_makes_no_sense_is_refused(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    plan(client, ada)
    plan(client, ada, starts_on="2026-03-01", ends_on="2026-03-02")
    assert len(client.get("/v1/absences", params={"student_id": str(ada)}).json()) == 2
    found = client.get("/v1/absences", params={"from": "2026-02-20"}).json()
    assert [each["starts_on"] for each in found] == ["2026-03-01"]
    first = client.get("/v1/absences", params={"limit": 1})
    assert len(client.get(first.links["next"]["url"]).json()) == 1
    assert plan(client, uuid4()).status_code == 404
    assert plan(client, ada, starts_on="2026-02-13").status_code == 422
    assert plan(client, ada, starts_on="2024-02-13").status_code == 422
    assert client.get(f"/v1/absences/{uuid4()}").status_code == 404
