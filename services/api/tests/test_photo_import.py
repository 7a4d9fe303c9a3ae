"""A folder or a zip of photos with a list: what is handed in, what is left out, and going on after a cut."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from typer.testing import CliRunner

from adsum_api.__main__ import app
from adsum_api.deps import Operator
from adsum_api.enrolment import jobs
from adsum_api.enrolment.photo_import import PhotoImport, by_student, outcomes
from adsum_api.enrolment.photo_lists import BadPhotoList, NoSuchPhoto, photo_source, read_list
from adsum_api.enrolment.photos import MAX_PHOTO_BYTES, MAX_PHOTOS
from adsum_api.retention.service import purge_expired
from adsum_api.runtime import Runtime
from adsum_contracts.ids import JobId, SchoolId
from adsum_contracts.models import DLIB_RESNET_V1
from adsum_contracts.tasks import EnrolmentJudged
from adsum_store.models import EnrolmentJob, EnrolmentPhoto, EnrolmentVerdict, School, Student
from adsum_store.repositories import student_keys
from adsum_store.sealing import Vault, new_secret_key

LIST = (
    "number,name,photo\n"
    "101,Ada,ada/1.jpg\n"
    "102,Bea,bea.jpg\n"
    "101,,ada/2.jpg\n"
    "103,,nobody.jpg\n"
    "102,,gone.jpg\n"
    ",Cy,cy.jpg\n"
    "102,,../outside.jpg\n"
)  # fmt: skip
PHOTOS = {"ada/1.jpg": b"ada one", "ada/2.jpg": b"ada two", "bea.jpg": b"bea", "nobody.jpg": b"?"}


def folder(tmp_path: Path, listing: str = LIST) -> Path:
    home = tmp_path / "photos"
    for name, content in PHOTOS.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    (home / "photos.csv").write_text(listing)
    (tmp_path / "outside.jpg").write_bytes(b"not yours")
    return home


def zipped(tmp_path: Path, listing: str = LIST) -> Path:
    place = tmp_path / "photos.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for name, content in {**PHOTOS, "photos.csv": listing.encode()}.items():
            archive.writestr(name, content)
    return place


def bring_in(runtime: Runtime, school: School, place: Path) -> PhotoImport:
    with photo_source(place) as files:
        rows, faults = read_list(files)
        with runtime.store.begin() as work:
            models = runtime.agreement.model_ids_of(work, school.id)
        running = PhotoImport(files, runtime.vault, runtime.tasks, models, runtime.clock(), faults=faults)
        for group in by_student(rows):
            with runtime.store.begin() as work:
                running.bring_in(work, Operator(school), group)
    return running


def judge(runtime: Runtime, school: School, running: PhotoImport, *, only: int | None = None) -> None:
    """Accept every photo, or those of this index."""
    for job_id, rows in running.jobs.items():
        with runtime.store.begin() as work:
            for index in range(len(rows)) if only is None else (only,):
                verdict = EnrolmentVerdict(
                    school_id=school.id, job_id=job_id, index=index, model_id="test",
                    accepted=True, reason=None, quality=None,
                )  # fmt: skip
                work.session.add(verdict)
        with runtime.store.begin() as work:
            message = EnrolmentJudged(school_id=SchoolId(school.id), job_id=JobId(job_id))
            jobs.note_verdicts(work, message, runtime.clock())


def kept(runtime: Runtime) -> list[bytes]:
    with runtime.store.begin() as work:
        rows = work.session.execute(select(EnrolmentPhoto, EnrolmentJob.student_id).join(EnrolmentJob))
        return sorted(
            student_keys.opener(work.session, runtime.vault, photo.school_id, student_id).open(photo.sealed)
            for photo, student_id in rows
        )


@pytest.mark.parametrize("place", [folder, zipped])
def test_students_are_made_their_photos_handed_in_and_the_rest_is_named_by_line(
    runtime: Runtime, school: School, client: TestClient, tasks: Any, tmp_path: Path,
    place: Callable[[Path], Path],
) -> None:  # fmt: skip
    running = bring_in(runtime, school, place(tmp_path))
    assert kept(runtime) == [b"ada one", b"ada two", b"bea"]
    assert [[row.line for row in rows] for rows in running.jobs.values()] == [[2, 4], [3]]
    assert sorted(fault.line for fault in running.faults) == [5, 6, 7, 8]
    assert len(tasks.sent) == 2
    found = client.get("/v1/students").json()
    assert [(each["number"], each["name"], each["consent"] is not None) for each in found] == [
        ("101", "Ada", True),
        ("102", "Bea", True),
    ]


def test_an_import_begun_again_goes_on_where_it_was(runtime: Runtime, school: School, tmp_path: Path) -> None:
    place = folder(tmp_path)
    first = bring_in(runtime, school, place)
    judge(runtime, school, first, only=0)
    second = bring_in(runtime, school, place)
    assert second.jobs.keys() == first.jobs.keys()
    assert second.added == 0
    assert kept(runtime) == [b"ada two"], "what is judged is not handed in again"


def test_what_is_done_is_left_alone(runtime: Runtime, school: School, tmp_path: Path, tasks: Any) -> None:
    place = folder(tmp_path)
    judge(runtime, school, bring_in(runtime, school, place))
    tasks.sent.clear()
    again = bring_in(runtime, school, place)
    assert tasks.sent == []
    with runtime.store.begin() as work:
        found = [each.accepted for job, rows in again.jobs.items() for each in outcomes(work, job, rows)]
    assert found == [True] * 3


def test_what_was_given_up_is_handed_in_anew(
    runtime: Runtime, school: School, tmp_path: Path, clock: Any
) -> None:
    place = folder(tmp_path)
    bring_in(runtime, school, place)
    clock.forward(hours=25)
    with runtime.store.begin() as work:
        purge_expired(work, clock())
    assert kept(runtime) == []
    bring_in(runtime, school, place)
    assert kept(runtime) == [b"ada one", b"ada two", b"bea"]
    with runtime.store.begin() as work:
        states = set(work.session.scalars(select(EnrolmentJob.state)))
    assert states == {"pending"}


def test_a_new_consent_or_another_model_asks_for_new_templates(
    runtime: Runtime, school: School, client: TestClient, tmp_path: Path
) -> None:
    place = folder(tmp_path, "number,name,photo\n101,Ada,ada/1.jpg\n")
    first = bring_in(runtime, school, place)
    judge(runtime, school, first)
    facenet, dlib = runtime.agreement.model, DLIB_RESNET_V1
    assert facenet.id != dlib.id
    other = replace(runtime, agreement=replace(runtime.agreement, model=dlib))
    assert bring_in(other, school, place).jobs.keys().isdisjoint(first.jobs)

    (student,) = client.get("/v1/students").json()
    path = f"/v1/students/{student['id']}/consent"
    assert client.delete(path).status_code == 200
    assert bring_in(runtime, school, place).jobs == {}, "an operator's word does not bring a consent back"
    assert client.post(path, json={"basis": "guardian", "given_by": "her mother"}).status_code == 201
    second = bring_in(runtime, school, place)
    assert second.jobs.keys().isdisjoint(first.jobs)
    assert kept(runtime) == [b"ada one"]


def test_many_photos_of_one_student_are_several_jobs(
    runtime: Runtime, school: School, tmp_path: Path
) -> None:
    home = folder(tmp_path)
    names = [f"{index}.jpg" for index in range(MAX_PHOTOS + 1)]
    for name in names:
        (home / name).write_bytes(name.encode())
    (home / "photos.csv").write_text("number,name,photo\n" + "".join(f"1,Ada,{name}\n" for name in names))
    assert [len(rows) for rows in bring_in(runtime, school, home).jobs.values()] == [MAX_PHOTOS, 1]


def test_a_photo_that_unpacks_to_too_much_is_refused(
    runtime: Runtime, school: School, tmp_path: Path
) -> None:
    place = tmp_path / "bomb.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("photos.csv", "number,name,photo\n1,Ada,bomb.jpg\n")
        archive.writestr("bomb.jpg", bytes(MAX_PHOTO_BYTES + 1))
    running = bring_in(runtime, school, place)
    assert (kept(runtime), running.jobs) == ([], {})
    (fault,) = running.faults
    assert (fault.line, "10 MB" in fault.reason) == (2, True)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_photo_packed_so_that_unpacking_has_no_bound_is_not_opened(tmp_path: Path, method: int) -> None:
    place = tmp_path / "bomb.zip"
    with zipfile.ZipFile(place, "w", method) as archive:
        archive.writestr("bomb.jpg", bytes(1000))
    with photo_source(place) as files, pytest.raises(NoSuchPhoto, match="stored or deflated"):
        files.open("bomb.jpg")


@pytest.mark.parametrize(
    ("listing", "says"),
    [("number,name\n1,Ada\n", "line 1: no column photo"), ("", "no column number, photo")],
)
def test_a_list_that_is_none_is_refused(tmp_path: Path, listing: str, says: str) -> None:
    with photo_source(folder(tmp_path, listing)) as files, pytest.raises(BadPhotoList, match=says):
        read_list(files)


def test_what_is_neither_folder_nor_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no zip")
    with pytest.raises(BadPhotoList, match="neither a folder nor a zip"), photo_source(tmp_path / "text"):
        pass


def test_the_command_reports_each_photo_and_what_waits(
    runtime: Runtime, school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    database_url: str, ingress_url: str, broker_url: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("ADSUM_DATABASE_URL", database_url)
    monkeypatch.setenv("ADSUM_INGRESS_URL", ingress_url)
    monkeypatch.setenv("ADSUM_BROKER_URL", broker_url)
    monkeypatch.setenv("ADSUM_SECRET_KEY", key := new_secret_key())
    runtime = replace(runtime, vault=Vault(key))
    place, report = folder(tmp_path), tmp_path / "report.csv"
    judge(runtime, school, bring_in(runtime, school, place), only=0)
    done = CliRunner().invoke(
        app, ["import", "photos", str(place), "--wait", "0", "--json", "--report", str(report)]
    )
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert (said["photos"], said["verdicts"]) == (3, {"accepted": 2, "waiting": 1})
    assert [fault["line"] for fault in said["faults"]] != []
    assert "4,101,ada/2.jpg,waiting" in report.read_text().splitlines()
    with runtime.store.begin() as work:
        assert len(work.session.scalars(select(Student)).all()) == 2


def test_a_school_that_lets_nobody_vouch_takes_the_photos_of_those_with_consent(
    client: TestClient, runtime: Runtime, school: School, tmp_path: Path
) -> None:
    ada = client.post("/v1/students", json={"number": "101", "name": "Ada"}).json()["id"]
    client.post(f"/v1/students/{ada}/consent", json={"basis": "guardian", "given_by": "Her mother"})
    client.patch("/v1/school", json={"allow_attested_consent": False}, headers={"If-Match": "*"})
    with runtime.store.begin() as work:
        strict = work.session.get_one(School, school.id)
    running = bring_in(runtime, strict, folder(tmp_path))
    assert [row.photo for rows in running.jobs.values() for row in rows] == ["ada/1.jpg", "ada/2.jpg"]
    refused = {fault.line for fault in running.faults if "no consent" in fault.reason}
    assert refused == {3, 6, 8}
