"""An office brings in a pile of forms, and sees whose consent is lacking."""

from __future__ import annotations

import contextlib
import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.absences.sheets import Fault
from adsum_api.consents.sheets import BadSheet, Row, read_sheet
from adsum_store.models import School

HEADER = "number,name,relation,says,method,said_on,expires_on,text_version,language"


def add(client: TestClient, *numbers: str) -> list[str]:
    made = [client.post("/v1/students", json={"number": each, "name": f"Pupil {each}"}) for each in numbers]
    return [each.json()["id"] for each in made]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["consents", *arguments])


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",Anne,parent,,,,,,", "number"),
        ("101,,parent,,,,,,", ""),
        ("101,Anne,aunt,,,,,,", "relation"),
        ("101,Anne,parent,agrees,,,,,", "says"),
        ("101,Anne,parent,,by fax,,,,", "method"),
        ("101,Anne,parent,,,7.1.2026,,,", "said_on"),
        ("101,Anne,parent,,,,,1,", ""),
        ("101,Anne,parent,refuses,,2026-01-07,,,", ""),
        ("101,Anne", ""),
    ],
)
def test_a_line_that_is_wrong_is_told_with_its_column(line: str, column: str) -> None:
    good, wrong = read_sheet(f"{HEADER}\n101,Anne,parent,,,,,,\n{line}\n")
    assert isinstance(good, Row)
    assert isinstance(wrong, Fault)
    assert (wrong.line, wrong.column) == (3, column)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadSheet):
        assert all(isinstance(each, Row | Fault) for each in read_sheet(f"{HEADER}\n{text}"))


def test_a_pile_of_forms_is_recorded_once(
    client: TestClient, environment: dict[str, str], tmp_path: Path
) -> None:
    one, two, three = add(client, "1", "2", "3")
    text = {"language": "en", "body": "We keep numbers.", "valid_from": "2026-01-01T00:00:00Z"}
    client.post("/v1/consent-texts", json=text)
    file = tmp_path / "forms.csv"
    file.write_text(
        f"{HEADER}\n"
        "1,Anne Lovelace,parent,,paper,2026-01-07,2999-07-31,1,en\n"
        "1,Carl Lovelace,parent,gives,web,,,,\n"
        "2,,self,refuses,,,,,\n"
        "3,Dora Byron,guardian,refuses,,,,,\n"
        "9,Anne,parent,,,,,,\n"
        "3,Eve Byron,parent,,,,,2,en\n"
    )
    tried = json.loads(run("import", str(file), "--dry-run", "--json").stdout)
    assert (tried["recorded"], tried["known"], tried["dry_run"]) == (4, 0, True)
    assert client.get(f"/v1/students/{one}/guardians").json() == []
    done = run("import", str(file), "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["recorded"], report["known"]) == (1, 4, 0)
    assert [each["line"] for each in report["refused"]] == [6, 7]
    again = json.loads(run("import", str(file), "--json").stdout)
    assert (again["recorded"], again["known"], len(again["refused"])) == (0, 4, 2)
    anne, carl = client.get(f"/v1/students/{one}/consent").json()["words"]
    assert (anne["said_at"], anne["method"], anne["ends_at"]) == (
        "2026-01-06T23:00:00Z", "paper", "2999-07-30T22:00:00Z",
    )  # fmt: skip
    assert anne["text_id"] is not None
    assert (carl["name"], carl["method"]) == ("Carl Lovelace", "web")
    assert client.get(f"/v1/students/{two}").json()["refuses_since"] is not None
    assert client.get(f"/v1/students/{three}/consent").json()["words"][0]["says"] == "refused"


def test_whose_consent_is_lacking_and_why(
    client: TestClient, school: School, environment: dict[str, str], clock: Any
) -> None:
    ids = add(client, "1", "2", "3", "4", "5")
    for student, says in zip(ids[1:], ({"consent": {}}, {"refuses": True}, {}, {}), strict=True):
        made = client.post(f"/v1/students/{student}/guardians", json={"name": "=Anne"} | says)
        assert made.status_code == 201, made.text
    client.post(f"/v1/students/{ids[3]}/refusal")
    soon = {"basis": "self", "given_by": "Pupil", "expires_at": "2026-02-20T00:00:00Z"}
    client.post(f"/v1/students/{ids[4]}/consent", json=soon)

    def listed(**params: Any) -> list[tuple[str, str, list[str]]]:
        rows = client.get("/v1/consents/lacking", params=params).json()
        return [(row["number"], row["reason"], row["of"]) for row in rows]

    usual = [
        ("1", "none", []), ("3", "refused_by_parent", ["=Anne"]), ("4", "refused_by_student", []),
        ("5", "lapses_soon", []),
    ]  # fmt: skip
    assert listed() == usual
    assert listed(within_days=5) == usual[:-1]
    assert listed(rule="every_parent") == [*usual[:-1], ("5", "parent_missing", ["=Anne"])]
    first = client.get("/v1/consents/lacking", params={"limit": 3})
    assert len(first.json()) == 3
    assert [each["number"] for each in client.get(first.links["next"]["url"]).json()] == ["5"]
    clock.forward(days=10)
    assert listed()[-1] == ("5", "expired", [])
    shown = list(csv.DictReader(StringIO(run("lacking", "--csv").stdout)))
    assert [(each["number"], each["of"]) for each in shown][:2] == [("1", ""), ("3", "'=Anne")]
    assert json.loads(run("lacking", "--json").stdout)[0]["reason"] == "none"
    assert "without a consent that lasts" in run("lacking").stdout


def test_forms_of_a_section_are_printed(
    client: TestClient, environment: dict[str, str], tmp_path: Path
) -> None:
    section = client.post("/v1/sections", json={"name": "7a"}).json()["id"]
    for student in add(client, "1", "2"):
        client.put(f"/v1/sections/{section}/students/{student}", json={"starts_on": "2020-01-01"})
    client.post("/v1/consent-texts", json={"language": "en", "body": "We keep numbers."})
    file = tmp_path / "7a.pdf"
    done = run("form", str(file), "--section", "7a")
    assert (done.exit_code, done.stdout.strip()) == (0, f"{file}: 2 forms")
    shown = [page.extract_text() for page in PdfReader(file).pages]
    assert ["Pupil 1" in page for page in shown] == [True, False]
    assert run("form", str(file)).stdout.strip() == f"{file}: 1 form"
    kept = file.read_bytes()
    assert "there is no section '7b'" in str(run("form", str(file), "--section", "7b").exception)
    assert "there is no consent text" in str(run("form", str(file), "--language", "fr").exception)
    assert file.read_bytes() == kept
