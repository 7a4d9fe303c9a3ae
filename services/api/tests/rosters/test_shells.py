"""The import as a program sends it and as a person types it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from adsum_api import limits
from adsum_api.__main__ import app
from adsum_api.runtime import Runtime
from adsum_store.sealing import new_secret_key
from benchmarks.roster_zip import MadeUpSchool, write_zip

IMPORT = "/v1/imports/oneroster"


def zipped(students: int = 3, *, broken: bool = False) -> bytes:
    files = {name: list(rows) for name, rows in MadeUpSchool(students, 1).files().items()}
    if broken:
        files["users.csv"][0] = {**files["users.csv"][0], "givenName": ""}
    content = io.BytesIO()
    write_zip(content, files)
    return content.getvalue()


def test_a_zip_is_uploaded_after_a_rehearsal(client: TestClient) -> None:
    file = {"file": ("roster.zip", zipped(), "application/zip")}
    rehearsed = client.post(IMPORT, files=file, params={"dry_run": True})
    assert rehearsed.status_code == 200
    assert client.get("/v1/students").json() == []
    done = client.post(IMPORT, files=file).json()
    assert (done["counts"]["students"]["added"], done["school"], done["version"]) == (3, "o", "1.2")
    assert [each["number"] for each in client.get("/v1/students").json()] == ["Ns1", "Ns2", "Ns3"]
    assert client.post(IMPORT, files=file).json()["changes_in_all"] == 0


def test_what_is_no_roster_is_a_problem_that_says_why(client: TestClient) -> None:
    refused = client.post(IMPORT, files={"file": ("roster.zip", b"no zip")})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-roster")
    assert refused.json()["detail"] == "this is not a zip file"


def test_an_upload_ends_where_it_grows_too_large(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UPLOADS", {IMPORT: 10_000})
    assert client.post(IMPORT, files={"file": ("roster.zip", bytes(20_000))}).status_code == 413


@pytest.fixture
def configured(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, database_url: str, ingress_url: str, broker_url: str
) -> None:
    monkeypatch.setenv("ADSUM_DATABASE_URL", database_url)
    monkeypatch.setenv("ADSUM_INGRESS_URL", ingress_url)
    monkeypatch.setenv("ADSUM_BROKER_URL", broker_url)
    monkeypatch.setenv("ADSUM_SECRET_KEY", new_secret_key())


@pytest.mark.usefixtures("configured")
def test_the_command_prints_json_alone_or_a_table(tmp_path: Path) -> None:
    place = tmp_path / "roster.zip"
    place.write_bytes(zipped())
    done = CliRunner().invoke(app, ["import", "oneroster", str(place), "--dry-run", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["counts"]["students"]["added"]) == (0, 3)
    done = CliRunner().invoke(app, ["import", "oneroster", str(place)])
    assert done.exit_code == 0
    assert "What happened at school o" in done.stdout


@pytest.mark.usefixtures("configured")
def test_the_command_tells_refused_rows_and_fails(tmp_path: Path) -> None:
    place = tmp_path / "roster.zip"
    place.write_bytes(zipped(broken=True))
    done = CliRunner().invoke(app, ["import", "oneroster", str(place)])
    assert done.exit_code == 1
    assert "users.csv line 2, column givenName: is required and empty" in done.stderr
