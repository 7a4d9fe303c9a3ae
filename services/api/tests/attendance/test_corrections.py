"""A person's word that a face is not who it was taken for."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from adsum_contracts.routes import DECIDE_LESSON, QUEUE_IDENTIFY
from adsum_contracts.tasks import DecideLesson
from adsum_store.models import Correction, Track
from adsum_store.repositories import apart


def test_a_correction_is_kept_once_and_has_the_lesson_decided_again(
    classroom: Any, client: TestClient, tasks: Any
) -> None:
    ada, bea, track_id = classroom.student("1"), classroom.student("2"), uuid4()
    classroom.track(ada, 0, 10, track_id)
    with classroom.store.begin() as work:
        work.session.get(Track, (classroom.lesson_id, track_id)).margin = 0.04
    said = {"track_id": str(track_id), "student_id": str(ada), "rather_id": str(bea)}

    first, again = (
        client.post(f"/v1/lessons/{classroom.lesson_id}/corrections", json=said) for _ in range(2)
    )

    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json() == again.json()
    assert (first.json()["rather_id"], first.json()["actor"]) == (str(bea), "operator")
    decide = (DECIDE_LESSON, QUEUE_IDENTIFY, DecideLesson(lesson_id=classroom.lesson_id))
    assert tasks.sent == [decide, decide]


def test_what_is_not_so_cannot_be_corrected(classroom: Any, client: TestClient, tasks: Any) -> None:
    ada, bea, track_id, unnamed = classroom.student("1"), classroom.student("2"), uuid4(), uuid4()
    classroom.track(ada, 0, 10, track_id)
    classroom.track(ada, 0, 10, unnamed)
    with classroom.store.begin() as work:
        work.session.get(Track, (classroom.lesson_id, unnamed)).decision = "ambiguous"
    for said, status in (
        ({"track_id": str(unnamed), "student_id": str(ada)}, 409),
        ({"track_id": str(track_id), "student_id": str(bea)}, 409),
        ({"track_id": str(uuid4()), "student_id": str(ada)}, 404),
        ({"track_id": str(track_id), "student_id": str(ada), "rather_id": str(uuid4())}, 404),
        ({"track_id": str(track_id), "student_id": str(ada), "rather_id": str(ada)}, 422),
    ):
        answer = client.post(f"/v1/lessons/{classroom.lesson_id}/corrections", json=said)
        assert answer.status_code == status, answer.text
    assert tasks.sent == []


def test_who_it_was_rather_may_be_said_later_and_once(classroom: Any, client: TestClient, tasks: Any) -> None:
    ada, bea, cy, track_id = *(classroom.student(number) for number in "123"), uuid4()
    classroom.track(ada, 0, 10, track_id)
    path, said = f"/v1/lessons/{classroom.lesson_id}/corrections", {"track_id": str(track_id)}
    answers = [
        client.post(path, json=said | {"student_id": str(ada)} | more)
        for more in ({}, {"rather_id": str(bea)}, {"rather_id": str(cy)}, {})
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 409, 200]
    assert answers[-1].json()["rather_id"] == str(bea)


def test_the_extra_lead_of_a_pair_grows_with_each_mistake(classroom: Any, client: TestClient) -> None:
    ada, bea = classroom.student("1"), classroom.student("2")
    for margin in (0.04, 0.01):
        track_id = classroom.track(ada, 0, 10)
        with classroom.store.begin() as work:
            work.session.get(Track, (classroom.lesson_id, track_id)).margin = margin
        said = {"track_id": str(track_id), "student_id": str(ada), "rather_id": str(bea)}
        assert client.post(f"/v1/lessons/{classroom.lesson_id}/corrections", json=said).status_code == 201
    with classroom.store.begin() as work:
        (model_id,) = set(work.session.scalars(select(Correction.model_id)))
        (extra,) = apart.pairs(work.session, classroom.school_id, model_id).values()
    assert extra == pytest.approx(0.05)


def test_that_it_was_not_ada_outlives_who_it_was_rather(classroom: Any, client: TestClient) -> None:
    ada, bea = classroom.student("1"), classroom.student("2")
    said = {"track_id": str(classroom.track(ada, 0, 10)), "student_id": str(ada), "rather_id": str(bea)}
    client.post(f"/v1/lessons/{classroom.lesson_id}/corrections", json=said)
    assert client.delete(f"/v1/students/{bea}").status_code == 204
    with classroom.store.begin() as work:
        (kept,) = work.session.scalars(select(Correction))
    assert (kept.student_id, kept.rather_id) == (ada, None)
