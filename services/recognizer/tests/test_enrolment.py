"""From photos, samples and vectors to templates, each with its verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete

from adsum_contracts.routes import events_stream
from adsum_contracts.tasks import EnrolPhotos, EnrolSamples, EnrolVectors
from adsum_recognizer.handlers.enrolment import CHUNK
from adsum_store.models import Consent, EnrolmentPhoto, EnrolmentVerdict, Student, Template


def upload(classroom: Any, job: Any, *photos: bytes) -> EnrolPhotos:
    for index, photo in enumerate(photos):
        classroom.add(
            EnrolmentPhoto(
                school_id=job.school_id,
                job_id=job.id,
                index=index,
                sealed=classroom.vault.seal(photo),
                expires_at=classroom.nine,
            )
        )
    return EnrolPhotos(school_id=job.school_id, job_id=job.id)


def verdicts(classroom: Any) -> list[tuple[int, bool, str | None]]:
    rows = sorted(classroom.all(EnrolmentVerdict), key=lambda row: row.index)
    return [(row.index, row.accepted, row.reason) for row in rows]


def test_each_photo_gets_its_verdict_and_a_good_one_its_template(classroom: Any) -> None:
    job = classroom.job(classroom.student(1, template=False), "photos")
    task = upload(classroom, job, classroom.picture(1, 1.0), b"no picture")
    for _ in range(2):
        classroom.enrolment().enrol_photos(task)
    assert verdicts(classroom) == [(0, True, None), (1, False, "unreadable_image")]
    (template,) = classroom.all(Template)
    assert template.source_key == f"{job.id}:0"
    assert np.argmax(template.embedding) == 1
    assert classroom.told.judged == [job.id] * 2


def test_a_large_job_is_judged_in_chunks(classroom: Any) -> None:
    job = classroom.job(classroom.student(1, template=False), "photos")
    task = upload(classroom, job, *[classroom.picture(1, 1.0)] * (CHUNK + 1))
    classroom.enrolment().enrol_photos(task)
    assert len(verdicts(classroom)) == CHUNK
    assert classroom.told.photos == [task]
    classroom.enrolment().enrol_photos(task)
    assert len(verdicts(classroom)) == CHUNK + 1
    assert classroom.told.photos == [task]


def test_without_consent_there_is_a_verdict_and_no_template(classroom: Any) -> None:
    student = classroom.student(1, template=False)
    job = classroom.job(student, "photos")
    with classroom.store.begin() as work:
        work.session.execute(delete(Consent).where(Consent.student_id == student.id))
    classroom.enrolment().enrol_photos(upload(classroom, job, classroom.picture(1, 1.0)))
    assert verdicts(classroom) == [(0, False, "no_consent")]
    assert classroom.all(Template) == []


def test_camera_samples_become_templates_and_leave_the_stream(classroom: Any) -> None:
    job = classroom.job(classroom.student(1, template=False))
    refs = [
        classroom.send(classroom.sample(job, index).model_copy(update={"pose": "left"}), blob)
        for index, blob in enumerate((classroom.picture(1, 1.0), b"no picture"))
    ]
    classroom.enrolment().enrol_samples(EnrolSamples(entries=classroom.receive(*refs)))
    assert verdicts(classroom) == [(0, True, None), (1, False, "unreadable_image")]
    assert [template.pose for template in classroom.all(Template)] == ["left"]
    assert classroom.client.xlen(events_stream(classroom.camera.id)) == 0
    assert [command.type for command in classroom.commands()] == ["committed"]
    assert classroom.told.judged == [job.id]


def test_a_job_erased_with_its_student_keeps_nothing(classroom: Any) -> None:
    student = classroom.student(1, template=False)
    sample = classroom.sample(classroom.job(student), 0)
    with classroom.store.begin() as work:
        work.session.execute(delete(Student).where(Student.id == student.id))
    ref = classroom.send(sample, classroom.picture(1, 1.0))
    classroom.enrolment().enrol_samples(EnrolSamples(entries=classroom.receive(ref)))
    assert classroom.all(Template) == []
    assert classroom.client.xlen(events_stream(classroom.camera.id)) == 0


@pytest.mark.parametrize(
    ("model", "vector", "reason"),
    [
        ("dlib-resnet-v1.4-views", (3.0,) + (0.0,) * 511, None),
        ("dlib-resnet-v1.4-views", (0.0,) * 512, "bad_vector"),
        ("facenet-vggface2", (2.0,) + (0.0,) * 511, None),
        ("nobody-knows-it", (1.0,) + (0.0,) * 511, "wrong_model"),
    ],
)
def test_legacy_vectors_are_kept_when_they_fit(
    classroom: Any, model: str, vector: tuple[float, ...], reason: str | None
) -> None:
    job = classroom.job(classroom.student(1, template=False), "legacy")
    task = EnrolVectors(school_id=job.school_id, job_id=job.id, model_id=model, vectors=(vector,))
    classroom.enrolment().enrol_vectors(task)
    assert verdicts(classroom) == [(0, reason is None, reason)]
    kept = [(row.model_id, np.linalg.norm(row.embedding)) for row in classroom.all(Template)]
    assert kept == ([] if reason else [(model, 1.0)])


def test_a_photo_in_the_wrong_folder_is_refused_and_the_others_are_kept(classroom: Any) -> None:
    classroom.student(1), classroom.student(2)
    bea = classroom.student(3, template=False)
    job = classroom.job(bea, "photos")
    photos = [classroom.picture(person, 1.0) for person in (3, 2, 3, 9)]
    classroom.enrolment().enrol_photos(upload(classroom, job, *photos))
    assert verdicts(classroom) == [
        (0, True, None),
        (1, False, "looks_like_another_student"),
        (2, True, None),
        (3, False, "differs_from_earlier_photos"),
    ]


def test_a_later_photo_is_held_against_the_templates_that_there_are(classroom: Any) -> None:
    ada = classroom.student(1)
    classroom.student(2)
    for person in (4, 2, 1):
        job = classroom.job(ada, "photos")
        classroom.enrolment().enrol_photos(upload(classroom, job, classroom.picture(person, 1.0)))
    reasons = {row.reason for row in classroom.all(EnrolmentVerdict)}
    assert reasons == {"differs_from_earlier_photos", "looks_like_another_student", None}


def test_the_same_picture_again_is_accepted_and_no_second_template(classroom: Any) -> None:
    ada = classroom.student(1)
    for _ in range(2):
        job = classroom.job(ada, "photos")
        classroom.enrolment().enrol_photos(upload(classroom, job, classroom.picture(1, 1.0)))
    assert [row.accepted for row in classroom.all(EnrolmentVerdict)] == [True, True]
    assert len(classroom.all(Template)) == 1


def test_a_student_without_consent_is_nobody_s_rival(classroom: Any) -> None:
    gone, bea = classroom.student(1), classroom.student(2, template=False)
    with classroom.store.begin() as work:
        work.session.execute(delete(Consent).where(Consent.student_id == gone.id))
    job = classroom.job(bea, "photos")
    classroom.enrolment().enrol_photos(upload(classroom, job, classroom.picture(1, 1.0)))
    assert verdicts(classroom) == [(0, True, None)]
