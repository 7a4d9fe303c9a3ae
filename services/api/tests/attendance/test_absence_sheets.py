"""Planned absences from a CSV file: line by line, and once."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.absences.sheets import COLUMNS, BadSheet, Fault, Row, read_sheet

HEADER = ",".join(COLUMNS)
GOOD = "101,2026-02-11,2026-02-12,family,a wedding,mother,"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",2026-02-11,2026-02-12,family,,mother,", "number"),
        ("101,11.2.2026,2026-02-12,family,,mother,", "starts_on"),
        ("101,2026-02-12,2026-02-11,family,,mother,", ""),
        ("101,2026-02-11,2026-02-12,holiday,,mother,", "kind"),
        ("101,2026-02-11,2026-02-12,family,,,", "told_by"),
        ("101,2026-02-11", ""),
    ],
)
def test_a_line_that_is_wrong_is_told_with_its_column(line: str, column: str) -> None:
    good, wrong = read_sheet(f"{HEADER}\n{GOOD}\n{line}\n")
    assert isinstance(good, Row)
    assert isinstance(wrong, Fault)
    assert (wrong.line, wrong.column) == (3, column)


@given(st.text(max_size=200))
def test_whatever_a_file_holds_is_read_or_refused(text: str) -> None:
    with suppress(BadSheet):
        assert all(isinstance(each, Row | Fault) for each in read_sheet(f"{HEADER}\n{text}"))
    with pytest.raises(BadSheet):
        list(read_sheet(f"x{text}"))


def test_a_file_is_imported_once(environment: dict[str, str], classroom: Any, tmp_path: Path) -> None:
    ada = classroom.student("101")
    file = tmp_path / "monday.csv"
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    days = f"{tomorrow},{tomorrow}"
    file.write_text(f"\ufeff{HEADER}\n101,{days},family,,mother,\n999,{days},family,,father,\n")
    told = []
    for options in (["--dry-run"], [], []):
        result = CliRunner().invoke(app, ["import", "absences", str(file), "--json", *options])
        assert result.exit_code == 1
        told.append(json.loads(result.stdout))
    assert [(each["added"], each["known"]) for each in told] == [(1, 0), (1, 0), (0, 1)]
    assert told[0]["refused"] == [{"line": 3, "column": "", "reason": "there is no student with number 999"}]
    assert classroom.log(ada) == []
