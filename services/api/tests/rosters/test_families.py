"""Parents come with the roster, and no file begins or ends a consent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from adsum_api.rosters.plan import TooManyEnded
from adsum_api.rosters.report import ImportReport
from adsum_store.models import Guardian, School, Student
from adsum_store.unit_of_work import Store
from benchmarks.roster_zip import MadeUpSchool

Files = dict[str, list[dict[str, str]]]
STAMP = "2026-02-10T08:00:00.000Z"
LATER = date(2026, 2, 12)


def family(students: int = 2, *, version: str = "1.2") -> Files:
    """s1 has the mother p1 and the guardian p2, whom the student's row names; s2 has p1, who names s2."""
    files = {name: [dict(row) for row in rows] for name, rows in MadeUpSchool(students, 1).files().items()}
    add_person(files, "p1", "parent", "s2")
    add_person(files, "p2", "guardian", "")
    user(files, "s1")["agentSourcedIds"] = "p1,p2"
    return as_1_1(files) if version == "1.1" else files


def add_person(files: Files, source_id: str, role: str, agents: str) -> None:
    person = {"sourcedId": source_id, "enabledUser": "true", "username": source_id, "givenName": "Parent"}
    files["users.csv"].append({**person, "familyName": source_id, "agentSourcedIds": agents})
    held = {"sourcedId": f"r-{source_id}", "userSourcedId": source_id, "orgSourcedId": "d"}
    files["roles.csv"].append({**held, "roleType": "primary", "role": role})


def as_1_1(files: Files) -> Files:
    roles = {row["userSourcedId"]: row for row in files.pop("roles.csv")}
    for row in files["users.csv"]:
        role = roles[row["sourcedId"]]
        row |= {"role": role["role"], "orgSourcedIds": role["orgSourcedId"]}
    return files


def user(files: Files, source_id: str) -> dict[str, str]:
    return next(row for row in files["users.csv"] if row["sourcedId"] == source_id)


def delta(*rows: dict[str, str], status: str = "active") -> list[dict[str, str]]:
    return [{**row, "status": status, "dateLastModified": STAMP} for row in rows]


def parents(store: Store) -> set[tuple[str, str, str]]:
    """Student, parent and relation of all who are registered."""
    query = select(Student.source_id, Guardian.name, Guardian.relation).join(Student)
    with store.begin() as work:
        return {tuple(row) for row in work.session.execute(query.where(Guardian.ended_at.is_(None)))}


def did(report: ImportReport) -> dict[str, int]:
    counts = report.counts["guardians"].model_dump(exclude={"unchanged"})
    return {action: count for action, count in counts.items() if count}


def student_id(store: Store, source_id: str) -> UUID:
    with store.begin() as work:
        return work.session.execute(select(Student.id).where(Student.source_id == source_id)).scalar_one()


@pytest.fixture
def agreed(store: Store, school: School, client: TestClient) -> Any:
    """Let a parent, by name, consent for a student, by the school system's ids."""

    def consent(student: str, name: str) -> None:
        student_key = student_id(store, student)
        listed = client.get(f"/v1/students/{student_key}/guardians").json()
        guardian = next(each["id"] for each in listed if each["name"] == name)
        given = {"method": "paper", "given_at": datetime(2026, 2, 1, tzinfo=UTC).isoformat()}
        path = f"/v1/students/{student_key}/guardians/{guardian}/consent"
        assert client.post(path, json=given).status_code == 200

    return consent


def ask_every_parent(store: Store) -> None:
    with store.begin() as work:
        work.session.execute(update(School).values(consent_rule="every_parent"))


BOTH_SIDES = {
    ("s1", "Parent p1", "parent"),
    ("s1", "Parent p2", "guardian"),
    ("s2", "Parent p1", "parent"),
}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_parents_come_from_either_row_once(store: Store, bring_in: Any, version: str) -> None:
    files = family(version=version)
    rehearsed = bring_in(files, version=version, dry_run=True)
    assert (did(rehearsed), parents(store)) == ({"added": 3}, set())
    assert did(bring_in(files, version=version)) == {"added": 3}
    assert parents(store) == BOTH_SIDES
    again = bring_in(files, version=version)
    assert (did(again), again.counts["guardians"].unchanged, again.changes_in_all) == ({}, 3, 0)
    user(files, "p1")["familyName"] = "Renamed"
    assert did(bring_in(files, version=version)) == {"changed": 2}


def test_relatives_and_the_parents_of_others_are_passed_over(store: Store, bring_in: Any) -> None:
    files = family()
    add_person(files, "p3", "relative", "s1")
    add_person(files, "p4", "parent", "")
    user(files, "s1")["agentSourcedIds"] += ",p3,t0"
    report = bring_in(files)
    assert report.passed_over == {"relatives": 1, "parents and guardians of no student of this school": 1}
    assert (parents(store), report.refused) == (BOTH_SIDES, [])


def test_an_agent_who_is_not_there_is_told_with_its_place_and_the_student_taken(
    store: Store, bring_in: Any
) -> None:
    files = family()
    user(files, "s2")["agentSourcedIds"] = "p9"
    (refused,) = bring_in(files).refused
    assert (refused.file, refused.line, refused.column) == ("users.csv", 3, "agentSourcedIds")
    assert "'p9'" in refused.reason
    assert parents(store) == BOTH_SIDES


def test_a_school_that_sends_no_parents_names_agents_without_a_fault_and_ends_none(
    store: Store, bring_in: Any
) -> None:
    bring_in(family())
    files = family()
    files["users.csv"] = [row for row in files["users.csv"] if not row["sourcedId"].startswith("p")]
    files["roles.csv"] = [row for row in files["roles.csv"] if not row["userSourcedId"].startswith("p")]
    report = bring_in(files)
    assert (report.refused, did(report), parents(store)) == ([], {}, BOTH_SIDES)


def test_whom_a_whole_file_no_longer_names_is_taken_out_and_comes_back(store: Store, bring_in: Any) -> None:
    bring_in(family())
    without = family()
    user(without, "s1")["agentSourcedIds"] = "p1"
    assert did(bring_in(without)) == {"removed": 1}
    assert parents(store) == BOTH_SIDES - {("s1", "Parent p2", "guardian")}
    assert did(bring_in(family())) == {"added": 1}
    assert did(bring_in(without, as_delta=True)) == {"removed": 1}, "the student's row names others alone"


def test_a_delta_ends_what_it_names_alone(store: Store, bring_in: Any) -> None:
    files = family()
    bring_in(files)
    student = {**user(files, "s1"), "familyName": "Renamed", "agentSourcedIds": ""}
    assert did(bring_in({"users.csv": delta(student)}, mode="delta")) == {}
    sibling = {**user(files, "s2"), "agentSourcedIds": "p2"}
    report = bring_in({"users.csv": delta(sibling)}, mode="delta")
    assert did(report) == {"added": 1, "removed": 1}, "p2 is known, though not in this file"
    gone = bring_in({"users.csv": delta(user(files, "p1"), status="tobedeleted")}, mode="delta")
    assert did(gone) == {"removed": 1}
    role = next(row for row in files["roles.csv"] if row["userSourcedId"] == "p2")
    assert did(bring_in({"roles.csv": delta(role, status="tobedeleted")}, mode="delta")) == {"removed": 2}
    assert parents(store) == set()


def test_a_file_that_lost_most_parents_is_refused_unless_it_is_meant(bring_in: Any) -> None:
    files = family(60)
    user(files, "p1")["agentSourcedIds"] = ",".join(f"s{number}" for number in range(1, 61))
    bring_in(files)
    user(files, "p1")["agentSourcedIds"] = ""
    with pytest.raises(TooManyEnded, match="59 of 61 parents"):
        bring_in(files)
    assert did(bring_in(files, end_any=True)) == {"removed": 59}


def test_who_was_typed_in_is_taken_over_and_whom_a_person_removed_stays_removed(
    store: Store, bring_in: Any, client: TestClient
) -> None:
    files = family()
    user(files, "s1")["agentSourcedIds"] = ""
    bring_in(files)
    path = f"/v1/students/{student_id(store, 's1')}/guardians"
    typed = client.post(path, json={"name": "parent P1", "relation": "guardian"}).json()
    assert did(bring_in(family())) == {"added": 1, "changed": 1}
    assert parents(store) == BOTH_SIDES
    assert client.delete(f"{path}/{typed['id']}").status_code == 200
    assert did(bring_in(family())) == {}
    assert parents(store) == BOTH_SIDES - {("s1", "Parent p1", "parent")}


def test_a_parent_of_whose_child_somebody_spoke_is_removed_by_a_person_alone(
    store: Store, bring_in: Any, agreed: Any
) -> None:
    bring_in(family())
    ask_every_parent(store)
    agreed("s1", "Parent p1")
    without = family()
    user(without, "s1")["agentSourcedIds"] = "p1"
    report = bring_in(without)
    (refused,) = report.refused
    assert (refused.file, refused.line, refused.column) == ("users.csv", 2, "agentSourcedIds")
    assert "remove the parent by hand" in refused.reason
    assert (did(report), parents(store)) == ({}, BOTH_SIDES), "else p1's word alone would be enough"


def test_one_more_parent_with_whom_a_consent_would_end_is_told_instead(
    store: Store, bring_in: Any, agreed: Any, client: TestClient
) -> None:
    bring_in(family())
    ask_every_parent(store)
    agreed("s2", "Parent p1")
    more = family()
    user(more, "s2")["agentSourcedIds"] = "p2"
    (refused,) = bring_in(more).refused
    assert (refused.file, refused.line, refused.column) == ("users.csv", 3, "agentSourcedIds")
    assert "would end" in refused.reason
    standing = client.get(f"/v1/students/{student_id(store, 's2')}/consent").json()
    assert (standing["holds"], parents(store)) == (True, BOTH_SIDES)
    with store.begin() as work:
        work.session.execute(update(School).values(consent_rule="one_unopposed"))
    assert did(bring_in(more)) == {"added": 1}
