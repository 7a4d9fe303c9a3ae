"""The commands, as a person types them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.addresses import is_loopback
from adsum_api.errors import DomainError
from adsum_api.main import create_app
from adsum_api.runtime import build_runtime
from adsum_api.school.service import the_school
from adsum_api.settings import BadSettings, Settings, read_settings
from adsum_local.ports import free_port
from adsum_store.models import Camera
from adsum_store.repositories import places


def adsum_api(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "adsum_api", *arguments],
        env={**os.environ, **changes}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.usefixtures("environment")
def test_the_database_is_brought_up_to_date_and_gets_its_school_once() -> None:
    first = CliRunner().invoke(app, ["db", "upgrade"])
    assert "Test school" in first.output
    again = CliRunner().invoke(app, ["db", "upgrade"]).output
    assert first.output.startswith(again)  # an administrator's password is told the first time alone


@pytest.mark.usefixtures("environment")
def test_a_refusal_is_one_sentence_and_a_failure() -> None:
    nobody = f"postgresql+psycopg://postgres:hidden@127.0.0.1:{free_port()}/adsum"
    done = adsum_api("db", "upgrade", ADSUM_DATABASE_URL=nobody)
    assert done.returncode == 1
    assert done.stderr.startswith("adsum-api: Postgres does not answer")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "hidden" not in done.stderr


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("arguments", "changes", "says"),
    [
        (["db", "upgrade"], {"ADSUM_SCHOOL_TIMEZONE": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        (["db", "upgrade"], {"ADSUM_DATABASE_URL": "hidden"}, "ADSUM_DATABASE_URL"),
        (["import", "legacy", "."], {}, "has neither"),
        (["serve"], {"ADSUM_SECRET_KEY": "hidden"}, "ADSUM_SECRET_KEY: Value error, not a Fernet key"),
        (["worker"], {"ADSUM_BROKER_URL": "hidden"}, "ADSUM_BROKER_URL"),
        (["beat"], {"ADSUM_INGRESS_URL": "hidden"}, "ADSUM_INGRESS_URL"),
    ],
)
def test_what_is_wrong_is_said_without_a_secret(
    arguments: list[str], changes: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(app, arguments, env=changes).exception
    assert isinstance(refused, BadSettings | DomainError)
    assert says in str(refused)
    assert "hidden" not in str(refused)


def test_a_missing_setting_is_named(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADSUM_BROKER_URL")
    monkeypatch.setenv("ADSUM_API_TOKEN", "too-short")
    with pytest.raises(BadSettings) as refusal:
        read_settings()
    assert "ADSUM_BROKER_URL" in str(refusal.value)
    assert "ADSUM_API_TOKEN" in str(refusal.value)
    assert "too-short" not in str(refusal.value)
    assert environment["ADSUM_SECRET_KEY"] not in str(refusal.value)


@pytest.mark.usefixtures("environment")
def test_any_asgi_server_can_run_the_api_and_the_token_is_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for told in (True, False):
        api = create_app()
        with closing(api.state.runtime), TestClient(api) as client:
            assert client.get("/healthz").status_code == 200
        assert ("token" in capsys.readouterr().out) is told


@pytest.mark.usefixtures("environment")
def test_a_student_comes_in_and_goes_out_by_command(tmp_path: Path) -> None:
    students = tmp_path / "old" / "StudentDetails" / "studentdetails.csv"
    students.parent.mkdir(parents=True)
    students.write_text("101,John Doe\nbad row\n", encoding="utf-8")
    CliRunner().invoke(app, ["db", "upgrade"])
    came = CliRunner().invoke(app, ["import", "legacy", str(tmp_path / "old")])
    assert "1 students added" in came.output
    assert "line 2: 1 columns, not 2" in came.output
    CliRunner().invoke(app, ["export", "legacy", str(tmp_path / "new")])
    written = (tmp_path / "new" / "StudentDetails" / "studentdetails.csv").read_text(encoding="utf-8")
    assert written == "101,John Doe\n"
    vectors = tmp_path / "new" / "FaceEmbeddings" / "embeddings.json"
    assert json.loads(vectors.read_text(encoding="utf-8")) == {}
    assert stat.S_IMODE(vectors.stat().st_mode) == 0o600


@pytest.mark.usefixtures("environment")
def test_defaults_are_safe() -> None:
    settings = Settings()
    assert is_loopback(settings.api_host)
    assert settings.api_token is None
    shown = repr(settings).replace("secret_key=SecretStr", "").replace("oidc_client_secret=None", "")
    assert "secret" not in shown
    assert [is_loopback(host) for host in ("::1", "localhost", "0.0.0.0", "example.org")] == [
        True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("command", [[], ["db"], ["serve"], ["worker"], ["beat"], ["import", "legacy"]])
def test_every_command_explains_itself(command: list[str]) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    assert not command or command == ["db"] or "Example: adsum-api" in " ".join(shown.output.split())


@pytest.mark.usefixtures("environment")
def test_a_join_token_needs_an_installation_that_lets_boxes_in_and_a_camera(
    environment: dict[str, str],
) -> None:
    CliRunner().invoke(app, ["db", "upgrade"])
    nobody = "5f0c1f6e-9a0e-4a55-8d0f-0c4f3c6d9b1a"
    shut = CliRunner().invoke(app, ["camera", "join-token", nobody])
    assert isinstance(shut.exception, DomainError)
    assert "set ADSUM_ADMISSION_URL" in str(shut.exception)
    door = {
        "ADSUM_ADMISSION_URL": environment["ADSUM_INGRESS_URL"],
        "ADSUM_PUBLIC_INGRESS_URL": "rediss://a:1/0",
    }
    missing = CliRunner().invoke(app, ["camera", "join-token", nobody], env=door)
    assert isinstance(missing.exception, DomainError)
    assert nobody in str(missing.exception)
    with closing(build_runtime(read_settings())) as runtime, runtime.store.begin() as work:
        school = the_school(work).id
        room = places.add_room(work, school, "B12")
        camera = places.add_camera(
            work, Camera(school_id=school, name="door", room_id=room.id, key_sealed=runtime.vault.seal(b""))
        )
    told = CliRunner().invoke(app, ["camera", "join-token", str(camera.id), "--json"], env=door)
    assert told.exit_code == 0, told.output
    assert set(json.loads(told.stdout)) == {"token", "expires_at"}
    typed = CliRunner().invoke(app, ["camera", "join-token", str(camera.id)], env=door)
    assert typed.stdout.startswith("adsum-camera join https://")
