"""The original demo's attendance files: exactly its format, and back without loss."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.reports.daily import Arrival, BadDailyFile, day_of, file_name, read_daily, write_daily

ZURICH = ZoneInfo("Europe/Zurich")
HEADER = "EnrollmentID,Name,Timestamp\n"
DAY = date(2026, 2, 11)


def apply(classroom: Any) -> None:
    with classroom.store.begin() as work:
        service.apply(work, classroom.school_id, classroom.lesson_id, Agreement())


def test_the_file_is_exactly_the_original_demos() -> None:
    john = Arrival("101", "John Doe", datetime(2026, 2, 11, 9, 32, 12, tzinfo=UTC))
    assert write_daily([john], ZURICH) == HEADER + "101,John Doe,2026-02-11 10:32:12\n"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+x", "'+x"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", '"\'\rx"'),
        ("O'Hara", "O'Hara"),
        ("'t Hooft", "'t Hooft"),
        ("'=x", "''=x"),
        ("Doe, John", '"Doe, John"'),
        ('Jo "J" Doe', '"Jo ""J"" Doe"'),
        ("Zoë 李", "Zoë 李"),
    ],
)
def test_names_are_quoted_and_formulas_defused(name: str, cell: str) -> None:
    written = write_daily([Arrival("101", name, datetime(2026, 2, 11, 9, tzinfo=UTC))], ZURICH)
    assert written == f"{HEADER}101,{cell},2026-02-11 10:00:00\n"
    (back,) = read_daily(written, file_name(DAY), ZURICH)
    assert back.name == name


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)
arrivals = st.lists(
    st.builds(Arrival, texts, texts, st.integers(0, 86_399).map(
        lambda second: datetime(2026, 2, 10, 23, tzinfo=UTC) + timedelta(seconds=second)
    ))
)  # fmt: skip


@settings(max_examples=50)
@given(arrivals)
def test_what_was_written_is_read_back(rows: list[Arrival]) -> None:
    written = write_daily(rows, ZURICH)
    read = list(read_daily(written, file_name(DAY), ZURICH))
    assert sorted(read, key=repr) == sorted(rows, key=repr)
    assert write_daily(read, ZURICH) == written


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "first line"),
        ("ID,Name,Time\n", 1, "first line"),
        (HEADER + "101,John\n", 2, "3 cells"),
        (HEADER + "101,John,2026-02-11 10:00:00\n102,Jo,noon\n", 3, "no time"),
        (HEADER + "101,John,2026-02-12 10:00:00\n", 2, "not of 2026-02-11"),
        (HEADER + ",John,2026-02-11 10:00:00\n", 2, "empty"),
        (HEADER + "101, ,2026-02-11 10:00:00\n", 2, "empty"),
        (HEADER + '101,"John,2026-02-11 10:00:00\n', 2, "end of data"),
    ],
)
def test_an_unreadable_line_is_named(text: str, line: int, reason: str) -> None:
    with pytest.raises(BadDailyFile, match=rf"attendance_2026-02-11\.csv, line {line}: .*{reason}"):
        list(read_daily(text, file_name(DAY), ZURICH))


def test_times_around_the_change_of_clocks() -> None:
    spring = HEADER + "101,John,2026-03-29 02:30:00\n"
    with pytest.raises(BadDailyFile, match="clocks were put forward"):
        list(read_daily(spring, "attendance_2026-03-29.csv", ZURICH))
    autumn = HEADER + "101,John,2026-10-25 02:30:00\n"
    rows = list(read_daily(autumn, "attendance_2026-10-25.csv", ZURICH))
    assert write_daily(rows, ZURICH) == autumn


def test_windows_files_are_read_too() -> None:
    text = "\ufeff" + (HEADER + "101,John Doe,2026-02-11 10:32:12\n").replace("\n", "\r\n")
    (row,) = read_daily(text, file_name(DAY), ZURICH)
    assert row.at == datetime(2026, 2, 11, 9, 32, 12, tzinfo=UTC)


def test_only_the_demos_file_names_are_days() -> None:
    assert day_of("attendance_2026-02-11.csv") == DAY
    for name in ("attendance_2026-02-30.csv", "attendance.csv", "x_attendance_2026-02-11.csv"):
        assert day_of(name) is None


def test_the_day_over_http_has_a_row_for_each_student_who_came(classroom: Any, client: TestClient) -> None:
    ada, bea = classroom.student("101", "Ada"), classroom.student("102", "Bea")
    cy, dan = classroom.student("103", "Cy"), classroom.student("104", "=Dan")
    classroom.watched()
    classroom.track(ada, 20, 40)
    classroom.track(bea, 1.2, 40)
    apply(classroom)
    for student, status in ((cy, "absent"), (dan, "present")):
        body = {"student_id": str(student), "status": status}
        client.post(f"/v1/lessons/{classroom.lesson_id}/marks", json=body)
    answer = client.get("/attendance/attendance_2026-02-11.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text == HEADER + (
        "104,'=Dan,2026-02-11 10:00:00\n102,Bea,2026-02-11 10:01:12\n101,Ada,2026-02-11 10:20:00\n"
    )
    assert client.get("/attendance/attendance_2026-02-12.csv").text == HEADER
    assert client.get("/attendance/attendance_2026-02-30.csv").status_code == 422


def test_a_lesson_over_midnight_gives_each_day_its_own_rows(classroom: Any, client: TestClient) -> None:
    night = classroom.lesson(datetime(2026, 2, 11, 22, 30, tzinfo=UTC), 60)
    ada, bea = classroom.student("101", "Ada"), classroom.student("102", "Bea")
    classroom.track(ada, 820, 825, lesson_id=night)
    classroom.track(bea, 850, 860, lesson_id=night)
    with classroom.store.begin() as work:
        service.apply(work, classroom.school_id, night, Agreement())
    assert client.get("/attendance/attendance_2026-02-11.csv").text.endswith("101,Ada,2026-02-11 23:40:00\n")
    second = client.get("/attendance/attendance_2026-02-12.csv").text
    assert second == HEADER + "102,Bea,2026-02-12 00:10:00\n"


@pytest.fixture
def cli(
    classroom: Any, database_url: str, ingress_url: str, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """`adsum-api` on this test's database."""
    environment = {
        "DATABASE_URL": database_url, "INGRESS_URL": ingress_url, "BROKER_URL": broker_url,
        "SECRET_KEY": "PyHd9nF3v2kX0p5nS0N9yU3l6y2s4n1Zp8v0wq3m2bA=", "API_TOKEN": "x" * 32,
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(f"ADSUM_{name}", value)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_files_go_in_as_history_and_out_again(classroom: Any, cli: Any, tmp_path: Path) -> None:
    classroom.student("101", "John Doe")
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    texts = {
        "attendance_2026-02-09.csv": HEADER + "101,John Doe,2026-02-09 10:32:12\n",
        "attendance_2026-02-10.csv": HEADER + (
            "101,John Doe,2026-02-10 08:00:00\n102,'=Eve,2026-02-10 08:00:01\n"
            "101,John Doe,2026-02-10 11:00:00\n"
        ),
    }  # fmt: skip
    for name, text in texts.items():
        (source / name).write_text(text, encoding="utf-8")
    first = cli("import", "daily", str(source))
    assert "attendance_2026-02-10.csv: 3 added, 0 known already, 1 students made" in first.output
    again = cli("import", "daily", str(source / "attendance_2026-02-10.csv"))
    assert "0 added, 3 known already, 0 students made" in again.output
    assert cli("export", "daily", "--out", str(out), "--all").exit_code == 0
    assert {file.name: file.read_bytes().decode() for file in out.iterdir()} == texts


def test_an_unknown_student_can_be_refused(classroom: Any, cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "attendance_2026-02-09.csv"
    file.write_text(HEADER + "102,Eve,2026-02-09 08:00:01\n", encoding="utf-8")
    done = cli("import", "daily", str(file), "--refuse-unknown")
    assert "0 added, 0 known already, 0 students made, refused (unknown): 102" in done.output


def test_a_bad_file_changes_nothing(classroom: Any, cli: Any, tmp_path: Path, client: TestClient) -> None:
    (tmp_path / "attendance_2026-02-08.csv").write_text(HEADER + "7,Eve,2026-02-08 08:00:01\n")
    (tmp_path / "attendance_2026-02-09.csv").write_text(HEADER + "7,Eve,noon\n")
    done = cli("import", "daily", str(tmp_path))
    assert done.exit_code != 0
    assert "attendance_2026-02-09.csv, line 2" in str(done.exception)
    assert client.get("/attendance/attendance_2026-02-08.csv").text == HEADER
    assert cli("export", "daily", "--out", str(tmp_path), "--date", "2026-02-08", "--all").exit_code == 2
