"""A person's word that a face is not who it was taken for."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient

from adsum_contracts.routes import DECIDE_LESSON, QUEUE_IDENTIFY
from adsum_contracts.tasks import DecideLesson
from adsum_store.models import Track


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
    ada, bea, track_id = classroom.student("1"), classroom.student("2"), uuid4()
    classroom.track(ada, 0, 10, track_id)
    for said, status in (
        ({"track_id": str(track_id), "student_id": str(bea)}, 409),
        ({"track_id": str(uuid4()), "student_id": str(ada)}, 404),
        ({"track_id": str(track_id), "student_id": str(ada), "rather_id": str(uuid4())}, 404),
        ({"track_id": str(track_id), "student_id": str(ada), "rather_id": str(ada)}, 422),
    ):
        answer = client.post(f"/v1/lessons/{classroom.lesson_id}/corrections", json=said)
        assert answer.status_code == status, answer.text
    assert tasks.sent == []
