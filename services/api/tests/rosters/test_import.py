"""A zip becomes the record; again it changes nothing; what it no longer names ends, and nobody is deleted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from adsum_api.rosters.faults import BadRoster
from adsum_api.rosters.plan import TooManyEnded
from adsum_api.rosters.report import ImportReport
from adsum_store.models import (
    Course,
    District,
    Room,
    School,
    Section,
    SectionEnrolment,
    SectionTerm,
    StaffAssignment,
    StaffMember,
    Student,
    Term,
)
from adsum_store.unit_of_work import Store
from benchmarks.roster_zip import MadeUpSchool

TODAY = date(2026, 2, 11)
STAMP = "2026-02-10T08:00:00.000Z"


def made_up(students: int = 2, classes_each: int = 1) -> dict[str, list[dict[str, str]]]:
    files = MadeUpSchool(students, classes_each).files()
    return {name: [dict(row) for row in rows] for name, rows in files.items()}


def delta(*rows: dict[str, str], status: str = "active") -> list[dict[str, str]]:
    return [{**row, "status": status, "dateLastModified": STAMP} for row in rows]


def rows(store: Store, model: Any) -> list[Any]:
    with store.begin() as work:
        return list(work.session.scalars(select(model)))


def days_of(store: Store, source_id: str) -> list[tuple[date, date | None]]:
    found = [each for each in rows(store, SectionEnrolment) if each.source_id == source_id]
    return sorted((each.starts_on, each.ends_on) for each in found)


def did(report: ImportReport) -> dict[str, dict[str, int]]:
    """What changed, without zeros."""
    shown = {
        table: {key: n for key, n in counts.model_dump(exclude={"unchanged"}).items() if n}
        for table, counts in report.counts.items()
    }
    return {table: counts for table, counts in shown.items() if counts}


def test_a_school_of_a_hundred_is_brought_in_whole(store: Store, bring_in: Any) -> None:
    report = bring_in(made_up(100, 3))
    assert report.refused == []
    assert did(report) == {
        "terms": {"added": 2}, "courses": {"added": 3}, "sections": {"added": 12}, "students": {"added": 100},
        "staff": {"added": 3}, "enrolments": {"added": 300}, "assignments": {"added": 12},
    }  # fmt: skip
    counted = [len(rows(store, model)) for model in (Term, Course, Section, Student, StaffMember)]
    assert counted == [2, 3, 12, 100, 3]
    assert len(rows(store, SectionEnrolment)) == 300
    assert len(rows(store, StaffAssignment)) == 12
    assert len(rows(store, SectionTerm)) == 12
    assert report.rooms_added == sorted(each.name for each in rows(store, Room)) != []
    (school,) = rows(store, School)
    (district,) = (each for each in rows(store, District) if each.id == school.district_id)
    assert (school.source_id, district.name) == ("o", "Made-up district")


def test_the_last_day_of_a_term_is_the_day_before_oneroster_ends_it(store: Store, bring_in: Any) -> None:
    bring_in(made_up())
    spring = next(each for each in rows(store, Term) if each.title == "Spring")
    year = next(each for each in rows(store, Term) if each.title == "2025/26")
    assert (spring.starts_on, spring.ends_on) == (date(2026, 2, 2), date(2026, 7, 3))
    assert (spring.parent_id, spring.school_year) == (year.id, 2026)


@pytest.mark.parametrize("later", [0, 1, 30])
def test_the_same_zip_again_changes_nothing(bring_in: Any, later: int) -> None:
    files = made_up(40, 2)
    bring_in(files)
    again = bring_in(files, TODAY + timedelta(days=later))
    assert (did(again), again.changes, again.refused) == ({}, [], [])
    assert again.counts["enrolments"].unchanged == 80


def test_a_dry_run_says_the_same_and_keeps_nothing(store: Store, bring_in: Any) -> None:
    files = made_up(3)
    rehearsed = bring_in(files, dry_run=True)
    assert (rows(store, Student), rows(store, Room), rehearsed.dry_run) == ([], [], True)
    done = bring_in(files)
    assert rehearsed.model_dump(exclude={"dry_run"}) == done.model_dump(exclude={"dry_run"})


def test_whom_a_whole_file_no_longer_names_leaves_today_and_stays_in_the_record(
    store: Store, bring_in: Any
) -> None:
    files = made_up(3)
    bring_in(files, date(2026, 2, 9))
    for name in ("users.csv", "roles.csv", "enrollments.csv"):
        files[name] = [
            row for row in files[name] if "s2" not in row.values() and row.get("sourcedId") != "s2"
        ]
    report = bring_in(files)
    assert did(report) == {"students": {"removed": 1}, "enrolments": {"ended": 1}}
    gone = next(each for each in rows(store, Student) if each.source_id == "s2")
    assert gone.left_on == TODAY
    assert days_of(store, "e-c0-0-s2") == [(date(2026, 2, 9), TODAY)], "this morning's register stays whole"
    assert did(bring_in(files, TODAY + timedelta(days=1))) == {}


def test_who_comes_back_begins_anew(store: Store, bring_in: Any) -> None:
    files, without = made_up(3), made_up(3)
    without["enrollments.csv"] = [row for row in without["enrollments.csv"] if "s2" not in row.values()]
    bring_in(files, date(2026, 2, 9))
    bring_in(without)
    report = bring_in(files, date(2026, 2, 20))
    assert did(report) == {"enrolments": {"added": 1}}
    assert days_of(store, "e-c0-0-s2") == [(date(2026, 2, 9), TODAY), (date(2026, 2, 20), None)]
    assert did(bring_in(files, date(2026, 2, 21))) == {}


def test_an_enrolment_that_had_not_begun_is_withdrawn(store: Store, bring_in: Any) -> None:
    files = made_up(3)
    files["enrollments.csv"][0]["beginDate"] = "2026-03-01"
    bring_in(files)
    files["enrollments.csv"].pop(0)
    assert did(bring_in(files)) == {"enrolments": {"withdrawn": 1}}
    assert days_of(store, "e-c0-0-s1") == []


def test_days_are_those_of_the_file_the_last_one_before_its_end(store: Store, bring_in: Any) -> None:
    files = made_up()
    files["enrollments.csv"][0] |= {"beginDate": "2026-02-03", "endDate": "2026-06-01"}
    bring_in(files)
    assert days_of(store, "e-c0-0-s1") == [(date(2026, 2, 3), date(2026, 5, 31))]
    assert days_of(store, "e-c0-0-s2") == [(TODAY, None)], "without days: from the import on"
    files["enrollments.csv"][0]["endDate"] = "2026-05-01"
    assert did(bring_in(files)) == {"enrolments": {"changed": 1}}
    assert days_of(store, "e-c0-0-s1") == [(date(2026, 2, 3), date(2026, 4, 30))]


def test_before_the_term_an_enrolment_without_days_begins_with_it(store: Store, bring_in: Any) -> None:
    bring_in(made_up(), date(2026, 1, 10))
    assert days_of(store, "e-c0-0-s1") == [(date(2026, 2, 2), None)]


def test_a_delta_changes_what_it_names_alone(store: Store, bring_in: Any) -> None:
    files = made_up(3)
    bring_in(files, date(2026, 2, 9))
    user = next(row for row in files["users.csv"] if row["sourcedId"] == "s1")
    gone = next(row for row in files["enrollments.csv"] if row["userSourcedId"] == "s3")
    changed = delta({**user, "familyName": "Renamed"})
    report = bring_in(
        {"users.csv": changed, "enrollments.csv": delta(gone, status="tobedeleted")}, mode="delta"
    )
    assert did(report) == {"students": {"changed": 1}, "enrolments": {"ended": 1}}
    assert next(each.name for each in rows(store, Student) if each.source_id == "s1") == "Given Renamed"
    assert days_of(store, "e-c0-0-s3") == [(date(2026, 2, 9), TODAY)]


def test_a_delta_that_takes_a_role_lets_the_student_leave(store: Store, bring_in: Any) -> None:
    files = made_up(3)
    bring_in(files, date(2026, 2, 9))
    role = next(row for row in files["roles.csv"] if row["userSourcedId"] == "s3")
    report = bring_in({"roles.csv": delta(role, status="tobedeleted")}, mode="delta")
    assert did(report) == {"students": {"removed": 1}, "enrolments": {"ended": 1}}


def test_asked_for_as_a_delta_a_whole_file_ends_nothing(bring_in: Any) -> None:
    files = made_up(3)
    bring_in(files)
    files["enrollments.csv"].pop(0)
    assert did(bring_in(files, as_delta=True)) == {}


def test_a_file_that_was_cut_off_ends_nobody_unless_it_is_meant(store: Store, bring_in: Any) -> None:
    files = made_up(60)
    bring_in(files)
    files["enrollments.csv"] = files["enrollments.csv"][:10]
    with pytest.raises(TooManyEnded, match="50 of 60"):
        bring_in(files)
    assert all(each.ends_on is None for each in rows(store, SectionEnrolment))
    assert did(bring_in(files, end_any=True))["enrolments"] == {"ended": 50}


def test_a_refused_row_ends_nothing_either(store: Store, bring_in: Any) -> None:
    files = made_up(3)
    bring_in(files)
    files["enrollments.csv"][1]["role"] = "pupil"
    report = bring_in(files)
    assert did(report) == {}
    (refused,) = report.refused
    assert (refused.file, refused.line, refused.column) == ("enrollments.csv", 3, "role")
    assert days_of(store, "e-c0-0-s2") == [(TODAY, None)]


def test_what_was_typed_in_is_taken_over(store: Store, school: School, bring_in: Any) -> None:
    with store.begin() as work:
        work.session.add(Student(school_id=school.id, number="Ns1", name="Typed in"))
        work.session.add(Section(school_id=school.id, name="Subject 0, group 0"))
    assert did(bring_in(made_up()))["students"] == {"added": 1, "changed": 1}
    assert {each.number for each in rows(store, Student)} == {"Ns1", "Ns2"}
    assert len(rows(store, Section)) == 1


def test_classes_of_one_title_are_told_apart_and_keep_their_names(store: Store, bring_in: Any) -> None:
    files = made_up(60)
    for row in files["classes.csv"]:
        row["title"] = "Mathematics"
    bring_in(files)
    names = {each.source_id: each.name for each in rows(store, Section)}
    assert names == {"c0-0": "Mathematics", "c1-0": "Mathematics (S0-1)"}
    files["classes.csv"].reverse()
    assert did(bring_in(files)) == {}


def test_two_students_never_share_a_number(store: Store, bring_in: Any) -> None:
    files = made_up()
    files["users.csv"][1]["identifier"] = files["users.csv"][0]["identifier"]
    report = bring_in(files)
    reasons = [(each.file, each.line, each.column) for each in report.refused]
    assert reasons == [("enrollments.csv", 3, "userSourcedId"), ("users.csv", 3, "identifier")]
    assert [each.source_id for each in rows(store, Student)] == ["s1"]


def test_one_school_of_a_district_is_taken_the_others_are_passed_over(store: Store, bring_in: Any) -> None:
    files = made_up(3)
    files["orgs.csv"].append({"sourcedId": "o2", "name": "Another", "type": "school"})
    files["roles.csv"][2]["orgSourcedId"] = "o2"
    files["enrollments.csv"][2]["schoolSourcedId"] = "o2"
    with pytest.raises(BadRoster, match="2 schools"):
        bring_in(files)
    report = bring_in(files, school="o")
    assert report.passed_over == {"users without a role at this school": 1, "enrollments of other schools": 1}
    assert {each.source_id for each in rows(store, Student)} == {"s1", "s2"}
    assert bring_in(files).school == "o", "the second time it is remembered"


@pytest.mark.long
def test_a_hundred_thousand_rows_are_brought_in_and_again_change_nothing(bring_in: Any) -> None:
    files = made_up(16_000, 4)
    assert sum(map(len, files.values())) > 98_000
    report = bring_in(files)
    assert (report.refused_in_all, report.counts["enrolments"].added) == (0, 64_000)
    again = bring_in(files, TODAY + timedelta(days=1))
    assert (again.changes_in_all, again.counts["enrolments"].unchanged) == (0, 64_000)
