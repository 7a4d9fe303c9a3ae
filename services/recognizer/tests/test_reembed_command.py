"""`adsum-recognizer reembed`, as an administrator runs it: also when it is killed half-way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from adsum_contracts.models import DLIB_RESNET_V1, FACENET_VGGFACE2
from adsum_recognizer.__main__ import app
from adsum_recognizer.crop_file import packed
from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.known_vectors import PICTURES, known_picture
from adsum_store.models import ModelChoice, Template
from adsum_store.repositories import comparisons, kept_crops, templates
from adsum_store.repositories.comparisons import Compared, Tally
from adsum_store.repositories.kept_crops import NewCrop
from adsum_store.repositories.templates import NewTemplate

DLIB, FACENET = DLIB_RESNET_V1.id, FACENET_VGGFACE2.id
AXES = np.eye(512, dtype=np.float32)
COMMAND = (sys.executable, "-m", "adsum_recognizer", "reembed")


def enrol(classroom: Any, number: int, crops: int) -> None:
    """A student with templates by the deployed model (FaceNet), and the crops that they are from."""
    student = classroom.student(number, template=False, on_roster=False)
    with classroom.store.begin() as work:
        for at in range(max(crops, 1)):
            vector = vector_of(number, at)
            own = (classroom.school.id, student.id, FACENET, vector, 0.9, "photo", f"job:{at}")
            assert templates.add(work.session, NewTemplate(*own))
        for at in range(crops):
            sealed = classroom.vault.seal(packed(known_picture((number + at) % PICTURES)))
            own_crop = (classroom.school.id, student.id, sealed, 0.9, "photo", f"job:{at}")
            kept_crops.add(work.session, NewCrop(*own_crop))


def vector_of(number: int, at: int) -> Any:
    vector = AXES[number] + 0.1 * AXES[400 + at]
    return vector / np.linalg.norm(vector)


@pytest.fixture
def environment(classroom: Any, database_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in [name for name in os.environ if name.startswith("ADSUM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ADSUM_DATABASE_URL", database_url)
    monkeypatch.setenv("ADSUM_SECRET_KEY", classroom.secret_key)
    monkeypatch.setenv("ADSUM_EMBEDDER", FACENET_VGGFACE2.name)
    return dict(os.environ)


def made(classroom: Any) -> Counter[Any]:
    """How many templates by dlib each student has."""
    return Counter(row.student_id for row in classroom.all(Template) if row.model_id == DLIB)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["reembed", *arguments])


@pytest.mark.slow
def test_killed_half_way_it_goes_on_and_makes_each_template_once(
    classroom: Any, environment: dict[str, str]
) -> None:
    students, crops = 12, 2
    for number in range(students):
        enrol(classroom, number, crops)
    child = subprocess.Popen([*COMMAND, "--to", "dlib-resnet-v1"], env=environment, stderr=subprocess.PIPE)
    until = time.monotonic() + 120
    while len(made(classroom)) < 2 and child.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=30)
    done = made(classroom)
    assert child.returncode == -signal.SIGKILL
    assert 2 <= len(done) < students, "it was killed in the middle"
    assert set(done.values()) == {crops}, "nobody is half done"
    (choice,) = classroom.all(ModelChoice)
    assert choice.active_id == FACENET, "and the school goes on as before"

    finished = subprocess.run(
        [*COMMAND, "--to", "dlib-resnet-v1", "--json"], env=environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    told = json.loads(finished.stdout)
    assert told["templates"] == crops * (students - len(done))
    assert told["need_new_photos"] == []
    assert Counter(made(classroom).values()) == {crops: students}


def test_the_way_there_and_back(classroom: Any, environment: dict[str, str]) -> None:
    enrol(classroom, 1, 2), enrol(classroom, 2, 0)
    result = run("--to", "dlib-resnet-v1", "--share", "0.5")
    assert result.exit_code == 0, result.exception
    assert "2 templates by dlib-resnet-v1 for 1 students" in result.stdout
    assert "They need new photos: 2" in result.stdout
    status = json.loads(run("status", "--json").stdout)
    assert (status["active"], status["standby"]) == ("facenet-vggface2", "dlib-resnet-v1")
    assert (status["share"], status["enrolled"], status["need_new_photos"]) == (0.5, 2, ["2"])

    refused = run("switch", "--by", "A. Keller")
    assert isinstance(refused.exception, RecognizerError)
    assert "--allow-missing 1" in str(refused.exception)
    assert run("switch", "--by", "A. Keller", "--allow-missing", "1").exit_code == 0
    assert json.loads(run("status", "--json").stdout)["switched_by"] == "A. Keller"
    assert "facenet-vggface2 names faces again" in run("back").stdout

    assert "add --yes" in str(run("drop").exception)
    assert "2 templates deleted" in run("drop", "--yes").stdout
    assert "No other model stands by" in run("status").stdout


def test_the_comparison_is_shown_in_counts(classroom: Any, environment: dict[str, str]) -> None:
    assert "No model stands by" in run("compare").stdout
    classroom.add(ModelChoice(school_id=classroom.school.id, active_id=FACENET, standby_id=DLIB, share=0.2))
    assert "No crop has been compared yet (20% of" in run("compare").stdout
    found = [Tally("same", 81, 97)] * 3 + [Tally("only_active", 75, 90)]
    with classroom.store.begin() as work:
        for _ in range(2):
            comparisons.count(work.session, Compared(classroom.school.id, FACENET, DLIB), found)
    told = json.loads(run("compare", "--json").stdout)
    assert told["crops"] == 8
    outcomes = {"same": 6, "different": 0, "only_active": 2, "only_standby": 0, "neither": 0}
    assert told["outcomes"] == outcomes
    assert told["scores"] == {"active": [[0.75, 2], [0.81, 6]], "standby": [[0.9, 2], [0.97, 6]]}
    shown = run("compare").stdout
    assert "both name the same student" in shown
    assert "75.0%" in shown


def test_without_a_model_it_says_what_to_give(environment: dict[str, str]) -> None:
    assert "reembed --to MODEL" in str(run().exception)
    assert "adsum-recognizer reembed switch" in run("--help").stdout
