"""Registers and reports: the same rows in every format, typed, defused and printable."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import event
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.reports.attendance import rate_of, sum_of
from adsum_api.reports.cells import as_it_was, defused
from adsum_api.reports.formats.as_pdf import SQUARE, SQUARES, TooLongForPaper, printable, write_pdf
from adsum_api.reports.formats.choice import FORMATS, SPREADSHEET, NoSuchFormat, chosen
from adsum_api.reports.formats.paper import paged, text_strips, wrapped
from adsum_api.reports.report import Column, Report, Table
from adsum_store.models import Mark, RegisterEntry, StaffAssignment, StaffMember
from adsum_store.repositories.attended import Tally

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
ZURICH = ZoneInfo("Europe/Zurich")
NAMES = ("Łukasz Ñandú", "Σωκράτης Παπαδόπουλος", "Наталья Ґалаґан", "Nguyễn Văn Ắ", "=HYPERLINK(1)")
STATUSES = ("present", "late", "absent", "excused", "not_observed")
MONTH = {"from": "2026-02-01", "to": "2026-02-28"}


@pytest.fixture
def marked(classroom: Any) -> Any:
    """Five students, and what they were in three lessons of two weeks."""
    students = [classroom.student(str(101 + index), name) for index, name in enumerate(NAMES)]
    later = [classroom.lesson(NINE + timedelta(days=days)) for days in (1, 7)]
    for shift, lesson in enumerate((classroom.lesson_id, *later)):
        for index, student in enumerate(students):
            say(classroom, lesson, student, STATUSES[(index + shift) % 5])
    return classroom


def say(classroom: Any, lesson_id: Any, student_id: Any, status: str) -> None:
    minutes = 7 if status == "late" else None
    mark = Mark(
        school_id=classroom.school_id, lesson_id=lesson_id, student_id=student_id, mark_key=str(uuid4()),
        status=status, minutes_late=minutes, source="teacher", actor="test", evidence={},
        reason="+ill" if status == "excused" else None,
    )  # fmt: skip
    classroom.add(mark)
    classroom.add(
        RegisterEntry(
            school_id=classroom.school_id, lesson_id=lesson_id, student_id=student_id, mark_id=mark.id,
            status=status, minutes_late=minutes, source="teacher", minutes_present=40.5,
            first_seen_at=NINE, last_seen_at=NINE + timedelta(minutes=40),
        )
    )  # fmt: skip


def get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(f"/v1/reports/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_csv_has_a_row_a_student_and_lesson_and_runs_no_formula(marked: Any, client: TestClient) -> None:
    rows = csv_rows(get(client, "register", format="csv", **MONTH).content)
    assert len(rows) == 15
    assert [row["name"] for row in rows[:5]] == [*NAMES[:4], "'=HYPERLINK(1)"]
    assert rows[0]["starts_at"] == "2026-02-11T10:00:00+01:00"
    assert (rows[1]["status"], rows[1]["minutes_late"], rows[3]["reason"]) == ("late", "7", "'+ill")
    assert rows[0]["minutes_present"] == "40.5"


def test_xlsx_has_typed_cells_filters_and_a_frozen_header(marked: Any, client: TestClient) -> None:
    answer = get(client, "register", format="xlsx", **MONTH)
    assert answer.headers["content-disposition"] == (
        'attachment; filename="register-2026-02-01-2026-02-28.xlsx"'
    )
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book["Register"]
    cells = {cell.value: next(sheet.iter_rows(2, 2))[place] for place, cell in enumerate(sheet[1])}
    assert cells["Date"].value == datetime(2026, 2, 11)  # noqa: DTZ001 - a spreadsheet knows no zones
    assert cells["From"].value == datetime(2026, 2, 11, 10)  # noqa: DTZ001
    assert (cells["Status"].value, cells["Minutes seen"].value) == ("Present", 40.5)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:P16")
    formula = sheet.cell(6, 7)
    assert (formula.value, formula.data_type) == ("=HYPERLINK(1)", "s")
    rates = book["Summary"]
    assert rates.cell(3, rates.max_column).number_format == "0.0 %"
    assert rates.cell(3, rates.max_column).value == pytest.approx(6 / 12)
    assert dict(row[:2] for row in book["About"].values)["School"] == "Test school"


def test_pdf_prints_a_register_with_names_of_many_alphabets(marked: Any, client: TestClient) -> None:
    marked.student("106", "Unmarked yet")
    teacher, hours = uuid4(), {"section_id": marked.section_id, "starts_on": date(2026, 1, 1)}
    marked.add(StaffMember(id=teacher, school_id=marked.school_id, name="Grace Hopper"))
    marked.add(StaffAssignment(school_id=marked.school_id, staff_id=teacher, role="teacher", **hours))
    content = get(client, "register", lesson_id=marked.lesson_id, format="pdf").content
    text = pdf_text(content)
    told = (
        *NAMES, "Unmarked yet", "Not marked", "School: Test school", "Section: 3b", "Room: Room 1",
        "Teacher: Grace Hopper",
        "Lesson: 2026-02-11 10:00 to 10:45 (Europe/Zurich)", "Signature:", "Page 1 of 1",
        "Made at 2026-02-11 10:30 (Europe/Zurich)", "Not observed: the camera did not watch",
    )  # fmt: skip
    assert [each for each in told if each not in " ".join(text.split())] == []
    assert SQUARES[2:] not in text


def test_pdf_says_which_characters_it_cannot_print(marked: Any, client: TestClient) -> None:
    marked.student("106", "李明 Lee")
    text = pdf_text(get(client, "register", lesson_id=marked.lesson_id, format="pdf").content)
    assert "Lee" in text
    assert SQUARES[2:] in text


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("N\u0303andu\u0301", "Ñandú"),
        ("Ὀδυσσεύς", "Ὀδυσσεύς"),
        ("İpek Şahin", "İpek Şahin"),
        ("李 明", f"{SQUARE} {SQUARE}"),
        ("अ", SQUARE),
        ("א", SQUARE),
        ("A\u202eB", "AB"),
    ],
)
def test_a_name_is_printed_right_or_not_at_all(name: str, printed: str) -> None:
    assert printable(name) == printed


def test_json_has_utc_and_names_the_zone(marked: Any, client: TestClient) -> None:
    told = get(client, "attendance", by="student", **MONTH).json()
    assert (told["timezone"], told["made_at"]) == ("Europe/Zurich", "2026-02-11T09:30:00Z")
    by_student, by_week = told["tables"]
    assert [row["number"] for row in by_student["rows"]] == ["101", "102", "103", "104", "105"]
    first = by_student["rows"][0]
    assert (first["entries"], first["present"], first["late"], first["absent"]) == (3, 1, 1, 1)
    assert (first["minutes_late"], first["attendance_rate"]) == (7, pytest.approx(2 / 3))
    assert [(row["week"], row["entries"]) for row in by_week["rows"]] == [
        ("2026-02-09", 10),
        ("2026-02-16", 5),
    ]
    assert by_week["totals"]["entries"] == by_student["totals"]["entries"] == 15
    assert by_week["totals"]["attendance_rate"] == pytest.approx(6 / 12)


@pytest.mark.parametrize("by", ["student", "section", "lesson", "day", "week"])
def test_every_grouping_counts_the_same_marks(marked: Any, client: TestClient, by: str) -> None:
    told = get(client, "attendance", by=by, **MONTH).json()
    assert {table["totals"]["entries"] for table in told["tables"]} == {15}
    one = csv_rows(get(client, "attendance", by=by, format="csv", **MONTH).content)
    assert sum(int(row["entries"]) for row in one) == 15


@pytest.mark.parametrize("path", ["register", "attendance"])
def test_a_report_takes_as_many_statements_however_long_it_is(
    marked: Any, client: TestClient, path: str
) -> None:
    asked: list[str] = []
    event.listen(marked.store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    counts = []
    for days in ({"from": "2026-02-11", "to": "2026-02-11"}, MONTH):
        asked.clear()
        get(client, path, format="csv", **days)
        counts.append(len(asked))
    assert counts == [3, 3]  # the school, and two queries


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_report_about_nothing_is_still_one(client: TestClient, file_format: str) -> None:
    for path in ("register", "attendance"):
        assert get(client, path, format=file_format).content


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("text/*", "csv"),
        ("application/pdf;q=0.5, text/csv;q=0.4", "pdf"),
        ("application/*, application/json;q=0.1", "xlsx"),
        (SPREADSHEET, "xlsx"),
        ("text/csv;q=x, */*;q=0.1", "json"),
    ],
)
def test_accept_chooses_the_format(accept: str, name: str) -> None:
    assert chosen(None, accept).name == name
    assert chosen("pdf", accept).name == "pdf"


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "text/html, application/json;q=0"])
def test_what_nobody_writes_is_refused(accept: str, client: TestClient) -> None:
    with pytest.raises(NoSuchFormat):
        chosen(None, accept)
    refused = client.get("/v1/reports/attendance", headers={"Accept": accept})
    assert (refused.status_code, refused.json()["code"]) == (406, "no-such-format")


@pytest.mark.parametrize("kind", ["section_id", "student_id", "lesson_id"])
def test_a_report_about_nobody_is_not_found(client: TestClient, kind: str) -> None:
    assert client.get("/v1/reports/register", params={kind: str(uuid4())}).status_code == 404


@given(st.text(max_size=8))
def test_a_defused_text_starts_no_formula_and_reads_back(text: str) -> None:
    cell = defused(text)
    assert not cell.startswith(tuple("=+-@\t\r＝＋－＠"))
    assert as_it_was(cell) == text


@given(st.lists(st.dictionaries(st.sampled_from(STATUSES), st.integers(1, 50))))
def test_a_sum_counts_each_part_once_and_a_rate_is_a_share(parts: list[dict[str, int]]) -> None:
    tallies = [Tally((), sum(part.values()), part, 0) for part in parts]
    whole = sum_of(tallies)
    assert whole.entries == sum(whole.statuses.values()) == sum(each.entries for each in tallies)
    rate = rate_of(whole)
    assert rate is None or 0 <= rate <= 1


@given(st.text("ab ", max_size=60), st.integers(1, 9))
def test_wrapping_loses_no_letter_and_keeps_within_the_width(text: str, width: int) -> None:
    lines = wrapped(text, width, lambda part: float(len(part)))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) <= width for line in lines)


def test_pages_hold_every_strip_once() -> None:
    strips = list(text_strips([str(index) for index in range(100)], 50, lambda part: float(len(part))))
    pages = paged(strips, 200)
    assert [strip for page in pages for strip in page] == strips
    assert all(sum(strip.height for strip in page) <= 200 for page in pages)


def test_nobody_prints_ten_thousand_rows() -> None:
    table = Table("Numbers", (Column("n", "N", "whole", 4),), ((index,) for index in range(20_000)))
    with pytest.raises(TooLongForPaper):
        write_pdf(Report("Long", (), (table,), ZURICH, NINE), io.BytesIO())


def test_a_day_is_the_schools_own(marked: Any, client: TestClient) -> None:
    marked.add()
    late = marked.lesson(datetime(2026, 2, 10, 23, 30, tzinfo=UTC))
    say(marked, late, marked.student("107"), "present")
    days = get(client, "attendance", by="day", **MONTH).json()["tables"][0]["rows"]
    assert days[0]["date"] == date(2026, 2, 11).isoformat()
    assert days[0]["entries"] == 6
    assert json.dumps(days)


def test_files_of_the_command_line(marked: Any, environment: dict[str, str], tmp_path: Path) -> None:
    days = ["--from", "2026-02-01", "--to", "2026-02-28"]
    for arguments, name in (
        (["register"], "all.csv"),
        (["register", "--lesson", str(marked.lesson_id)], "one.pdf"),
        (["section", "3b"], "3b.xlsx"),
        (["student", "101"], "101.json"),
    ):
        done = CliRunner().invoke(app, ["export", *arguments, *days, "-o", str(tmp_path / name)])
        assert done.exit_code == 0, (done.output, done.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["101.json", "3b.xlsx", "all.csv", "one.pdf"]
    assert len(csv_rows((tmp_path / "all.csv").read_bytes())) == 15
    assert [len(table["rows"]) for table in json.loads((tmp_path / "101.json").read_text())["tables"]] == [
        3,
        2,
    ]
    nobody = CliRunner().invoke(app, ["export", "student", "999", "-o", str(tmp_path / "x.csv")])
    assert "there is no student with number 999" in str(nobody.exception)
    assert not (tmp_path / "x.csv").exists()
