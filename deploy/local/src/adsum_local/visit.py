"""A simulated classroom that visits a running server, and knows of it what a school's own systems know.

It draws a lesson, enrols its students and opens the lesson through the API, lets one camera into the ingress,
and leaves in a folder what the box of that camera gets. Box, calibration and server are other processes.
"""

from __future__ import annotations

import json
import secrets as randomness
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, cast
from uuid import UUID

import redis
import typer

from adsum_contracts.access import camera_rules, camera_user, password_hash
from adsum_contracts.ids import CameraId
from adsum_local.classroom import Classroom, enrol_pupils, pupils_of_simulation
from adsum_local.client import ApiClient
from adsum_local.errors import LocalError, ServiceFailed
from adsum_local.score import IN_THE_ROOM
from adsum_local.sim import SimPlan, SimResult, Truth, load_truth, simulate

BOX_START_S: Final = 60.0
"""Until then threshold and margin are calibrated and the box has loaded its detector."""

CLOSING_PATIENCE_S: Final = 240.0
POLL_S: Final = 2.0
READY: Final = "ready"

Register = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """Where the API is, who may use it and who may let cameras in.

    `ingress_url` is the ingress as a box finds it, with places for `{user}` and `{password}`; `authority` is
    the certificate of who signed the server's.
    """

    address: str
    token: str
    admission_url: str
    ingress_url: str
    authority: Path


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson that was opened."""

    id: str
    starts_at: datetime
    ends_at: datetime


def visit(server: Server, plan: SimPlan, scene: Path) -> Register:
    """Draw, enrol, open, and watch until the lesson is closed; raise a `LocalError`."""
    _emptied(scene)
    _say("filming")
    film = simulate(plan, scene / "film")
    truth = load_truth(film.truth)
    with ApiClient(server.address, server.token) as api:
        classroom = _furnish(api, truth, film)
        lesson = _open(api, classroom, truth.lesson_s)
        furnish_box(server, classroom, lesson, scene / "box")
        (scene / READY).touch()
        return _watch(api, lesson)


def _furnish(api: ApiClient, truth: Truth, film: SimResult) -> Classroom:
    classroom = Classroom.create(api, round(truth.late_after_s))
    pupils = pupils_of_simulation(truth, film.enrolment)
    _say("enrolling", students=len(pupils))
    enrol_pupils(api, classroom, pupils, lambda _share: None)
    return classroom


def _open(api: ApiClient, classroom: Classroom, seconds: float) -> Lesson:
    starts_at = datetime.now(UTC) + timedelta(seconds=BOX_START_S)
    ends_at = starts_at + timedelta(seconds=seconds)
    lesson_id = api.open_lesson(classroom.section_id, classroom.room_id, starts_at, ends_at)
    _say("lesson_opened", starts_at=starts_at.isoformat())
    return Lesson(lesson_id, starts_at, ends_at)


def furnish_box(server: Server, classroom: Classroom, lesson: Lesson, box: Path) -> None:
    """Let the box in, and leave one file for each of its variables; its password is kept nowhere else."""
    camera_id, password = CameraId(UUID(classroom.camera_id)), randomness.token_urlsafe(32)
    with redis.Redis.from_url(server.admission_url, socket_timeout=10) as ingress:
        acl = cast(Any, ingress).execute_command
        rules = camera_rules(camera_id, password_hash(password))
        acl("ACL", "SETUSER", camera_user(camera_id), *rules)
        acl("ACL", "SAVE")
    box.mkdir(parents=True)
    variables = {
        "ADSUM_CAMERA_ID": classroom.camera_id,
        "ADSUM_CAMERA_KEY": classroom.camera_key,
        "ADSUM_CAMERA_STARTS_AT": lesson.starts_at.isoformat(),
        "ADSUM_INGRESS_URL": server.ingress_url.format(user=camera_user(camera_id), password=password),
    }
    shutil.copyfile(server.authority, box / "ca.pem")
    for name, value in variables.items():
        (box / name).write_text(value, encoding="utf-8")


def _watch(api: ApiClient, lesson: Lesson) -> Register:
    marked = -1
    while True:
        register = api.register(lesson.id)
        now_marked = sum(entry["status"] in IN_THE_ROOM for entry in register["entries"])
        if now_marked != marked:
            _say("register", marked=now_marked, students=len(register["entries"]))
            marked = now_marked
        if register["lesson"]["closed_at"] is not None:
            return register
        if datetime.now(UTC) > lesson.ends_at + timedelta(seconds=CLOSING_PATIENCE_S):
            raise ServiceFailed("the lesson was not closed in time: see the logs of api-worker and beat")
        time.sleep(POLL_S)


def held_against(truth: Truth, register: Register) -> dict[str, int]:
    """Count what the register says rightly and wrongly of who was there."""
    there = {person.id for person in truth.people if person.role == "student" and person.present}
    marked = {str(entry["number"]) for entry in register["entries"] if entry["status"] in IN_THE_ROOM}
    return {
        "students": len(register["entries"]),
        "present": len(there),
        "correct": len(marked & there),
        "missed": len(there - marked),
        "wrong": len(marked - there),
    }


def _emptied(scene: Path) -> None:
    for old in scene.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()


def _say(event: str, **facts: object) -> None:
    sys.stderr.write(json.dumps({"event": event, **facts}) + "\n")


def main(
    address: Annotated[str, typer.Option(envvar="ADSUM_ADDRESS", help="Where the API is.")],
    secrets: Annotated[Path, typer.Option(help="ADSUM_API_TOKEN, ADSUM_ADMISSION_URL and ca.pem.")],
    scene: Annotated[Path, typer.Option(help="Folder for the film, and for what the box gets.")],
    ingress: Annotated[str, typer.Option(help="Where the box finds the ingress: HOST:PORT.")] = "proxy:6380",
    students: Annotated[int, typer.Option(help="Students on the roster.")] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same lesson.")] = 1,
    seconds: Annotated[float, typer.Option(help="Length of the lesson.")] = 75.0,
) -> None:
    """Fill a register of a running, empty school; print the result as JSON, held against the truth.

    Example: python -m adsum_local.visit --address https://proxy:8443 --secrets /run/secrets --scene /scene
    """
    server = Server(
        address,
        (secrets / "ADSUM_API_TOKEN").read_text("utf-8").strip(),
        (secrets / "ADSUM_ADMISSION_URL").read_text("utf-8").strip(),
        f"rediss://{{user}}:{{password}}@{ingress}/0?ssl_ca_certs={scene}/box/ca.pem",
        secrets / "ca.pem",
    )
    plan = SimPlan(students=students, strangers=2, seed=seed, seconds=seconds, size=(1280, 720))
    try:
        register = visit(server, plan, scene)
    except LocalError as error:
        typer.echo(f"simulated classroom: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(held_against(load_truth(scene / "film" / "truth.json"), register)))


if __name__ == "__main__":
    typer.run(main)
