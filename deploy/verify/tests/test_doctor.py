"""`adsum doctor` at an installation of the deployment's own parts: TLS, a Redis 7 with its users, the api."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from typer.testing import CliRunner

from adsum_camera.adapters.box_file import BoxFile
from adsum_contracts.access import camera_user
from adsum_contracts.credentials import Joined
from adsum_contracts.ids import CameraId
from adsum_local.__main__ import app
from deploy.verify.tests.conftest import Ingress
from deploy.verify.tests.serving import TOKEN, Server

Findings = dict[str, dict[str, Any]]


def examined(server: Server, *words: str) -> tuple[int, Findings]:
    """Return the status, and the findings by what was looked at."""
    done = CliRunner().invoke(app, ["doctor", server.url, "--json", *words], env={"ADSUM_API_TOKEN": ""})
    assert done.stderr == ""
    return done.exit_code, {each["check"]: each for each in json.loads(done.stdout)["findings"]}


@pytest.fixture
def known(server: Server) -> tuple[str, ...]:
    """How the school's own authority is named."""
    return ("--ca", str(server.secrets / "ca.pem"))


@pytest.fixture
def joined(server: Server, tmp_path: Path) -> Callable[[UUID], Path]:
    """Join with a camera, as `adsum-camera join` does; return the folder of what it got."""

    def join(camera_id: UUID) -> Path:
        folder = BoxFile(tmp_path / "credentials")
        folder.prepare()
        told = server.ask("POST", "/join", json={"token": server.token(camera_id)})
        folder.join(Joined.model_validate(told))
        return folder.folder

    return join


def test_an_outsider_sees_certificates_and_closed_doors_and_is_told_what_was_not_looked_at(
    server: Server, ingress: Ingress, known: tuple[str, ...]
) -> None:
    status, found = examined(server, *known, "--ingress", f"rediss://localhost:{ingress.port}")
    for check in ("certificate of the pages", "TLS of the pages", "clock", "certificate of the ingress",
                  "TLS of the ingress", "strangers on the ingress"):  # fmt: skip
        assert (check, found[check]["verdict"]) == (check, "ok"), found[check]
    assert 800 < found["certificate of the pages"]["numbers"]["days_left"] <= 825
    (unseen,) = (each for check, each in found.items() if "backup" in check)
    assert (unseen["verdict"], "deployment:read" in unseen["advice"]) == ("skipped", True)
    assert status == 1, "nobody answers for the broker here"
    assert found["health"]["verdict"] == "fail"


def test_a_server_that_is_not_believed_hears_no_secret(
    server: Server, ingress: Ingress, joined: Callable[[UUID], Path], tmp_path: Path
) -> None:
    folder = joined(server.new_camera())
    (folder / "ca.pem").unlink()
    words = ("--ingress", f"rediss://localhost:{ingress.port}", "--credentials", str(folder))
    token = tmp_path / "token"
    token.write_text(TOKEN)
    status, found = examined(server, *words, "--token-file", str(token))
    assert status == 1
    for check in ("certificate of the pages", "certificate of the ingress"):
        assert "whom this machine does not know" in found[check]["seen"]
    (unseen,) = (each for check, each in found.items() if "backup" in check)
    assert "was not sent" in unseen["seen"]
    assert "was not sent" in found["a box's rights"]["seen"]
    assert found["strangers on the ingress"]["verdict"] == "ok", "who shows nothing has nothing to lose"


def test_with_a_token_the_server_says_where_boxes_write_and_whom_they_believe(
    server: Server, known: tuple[str, ...], joined: Callable[[UUID], Path]
) -> None:
    folder = joined(server.new_camera())
    _, found = examined(server, *known, "--token", TOKEN, "--credentials", str(folder / "box.json"))
    for check in ("certificate of the ingress", "strangers on the ingress", "default user of the ingress",
                  "versions"):  # fmt: skip
        assert (check, found[check]["verdict"]) == (check, "ok"), found[check]
    (box,) = (each for check, each in found.items() if check.startswith("box of "))
    assert box["verdict"] == "ok", box
    assert found["service dispatcher"]["verdict"] == "fail"
    assert found["cameras"]["numbers"]["never_heard"] == 1
    assert found["backup"]["verdict"] == "warn"


def test_a_box_that_may_do_more_than_its_work_or_was_shut_out_is_found(
    server: Server, ingress: Ingress, known: tuple[str, ...], joined: Callable[[UUID], Path]
) -> None:
    camera_id = server.new_camera()
    folder = joined(camera_id)
    words = (*known, "--ingress", f"rediss://localhost:{ingress.port}", "--credentials", str(folder))
    with ingress.client("admission") as admission:
        user = camera_user(CameraId(camera_id))
        cast(Any, admission).execute_command("ACL", "SETUSER", user, "+info", "+xlen", "%R~v1:*")
        (mighty,) = (each for check, each in examined(server, *words)[1].items() if "box of" in check)
        server.ask("DELETE", f"/v1/cameras/{camera_id}/credentials")
        (gone,) = (each for check, each in examined(server, *words)[1].items() if "box of" in check)
    assert mighty["verdict"] == "fail"
    for might in ("INFO", "count its own events", "read its own events", "read another's commands"):
        assert might in mighty["seen"]
    assert "DEL" not in mighty["seen"]
    assert (gone["verdict"], "does not let it in" in gone["seen"]) == ("fail", True)


@pytest.mark.parametrize(
    ("token", "why"), [("no-token-of-anybody", "is not valid"), ("", "no token was given")]
)
def test_a_token_that_does_not_do_is_told_with_how_to_get_one(
    server: Server, known: tuple[str, ...], token: str, why: str
) -> None:
    _, found = examined(server, *known, "--token", token)
    (unseen,) = (each for check, each in found.items() if "backup" in check)
    assert (unseen["verdict"], why in unseen["seen"]) == ("skipped", True)
    assert unseen["advice"]


def test_the_screen_says_verdict_check_and_what_to_do(server: Server, known: tuple[str, ...]) -> None:
    done = CliRunner().invoke(
        app, ["doctor", server.url, *known], env={"COLUMNS": "120", "ADSUM_API_TOKEN": ""}
    )
    assert "certificate of the pages" in done.stdout
    assert "→ " in done.stdout
    assert "It is not well" in done.stdout
