"""A person's word that a face is not who it was taken for."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from adsum_contracts.models import DLIB_RESNET_V1
from adsum_contracts.routes import DECIDE_LESSON, QUEUE_DECIDE
from adsum_contracts.tasks import DecideLesson
from adsum_store.models import Correction, ModelChoice, Track
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
    decide = (DECIDE_LESSON, QUEUE_DECIDE, DecideLesson(lesson_id=classroom.lesson_id))
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


def test_a_correction_that_is_taken_back_counts_no_more_and_stays_in_the_log(
    classroom: Any, client: TestClient, tasks: Any
) -> None:
    ada, bea = classroom.student("1"), classroom.student("2")
    path = f"/v1/lessons/{classroom.lesson_id}/corrections"
    track_id = classroom.track(ada, 0, 10)
    with classroom.store.begin() as work:
        work.session.get(Track, (classroom.lesson_id, track_id)).margin = 0.04
    said = {"track_id": str(track_id), "student_id": str(ada), "rather_id": str(bea)}
    made = client.post(path, json=said)
    correction, seen = made.json(), {"If-Match": made.headers["etag"]}
    here, anything = f"{path}/{correction['id']}", {"If-Match": "*"}
    assert client.delete(here).status_code == 428

    gone = client.delete(here, params={"actor": "B. Frei"}, headers=seen)
    assert client.delete(here, headers=seen).json()["code"] == "changed-meanwhile"
    again = client.delete(here, params={"actor": "C. Graf"}, headers=anything)

    assert gone.status_code == again.status_code == 200
    assert gone.json() == again.json()
    assert gone.json()["taken_back_by"] == "B. Frei"
    assert client.get(path).json() == [gone.json()], "what was said is kept"
    decide = (DECIDE_LESSON, QUEUE_DECIDE, DecideLesson(lesson_id=classroom.lesson_id))
    assert tasks.sent == [decide, decide, decide]
    with classroom.store.begin() as work:
        assert apart.pairs(work.session, classroom.school_id, _model_of(work)) == {}
    second = client.post(path, json=said)
    assert second.status_code == 201, "it may be said again"
    assert second.json()["id"] != correction["id"]


def test_only_a_correction_of_this_lesson_can_be_taken_back(
    classroom: Any, client: TestClient, stranger: TestClient
) -> None:
    ada, other = classroom.student("1"), classroom.lesson(minutes=5)
    said = {"track_id": str(classroom.track(ada, 0, 10)), "student_id": str(ada)}
    made = client.post(f"/v1/lessons/{classroom.lesson_id}/corrections", json=said).json()
    for lesson_id, correction_id in ((other, made["id"]), (classroom.lesson_id, uuid4())):
        address = f"/v1/lessons/{lesson_id}/corrections/{correction_id}"
        answer = client.delete(address, headers={"If-Match": "*"})
        assert answer.status_code == 404
    path = f"/v1/lessons/{classroom.lesson_id}/corrections/{made['id']}"
    assert stranger.delete(path).status_code == 401
    assert client.get(f"/v1/lessons/{uuid4()}/corrections").status_code == 404
    assert client.get(f"/v1/lessons/{classroom.lesson_id}/corrections").json()[0]["taken_back_at"] is None


def test_taking_back_is_documented(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    told = paths["/v1/lessons/{lesson_id}/corrections/{correction_id}"]["delete"]
    assert "CorrectionOut" in str(told["responses"]["200"])


def test_a_face_is_denied_and_given_back_without_a_script(
    classroom: Any, client: TestClient, tasks: Any
) -> None:
    ada, bea = classroom.student("1", "Ada"), classroom.student("2", "Bea")
    first, second = classroom.track(ada, 0, 10), classroom.track(ada, 12, 20)
    lesson = f"/lessons/{classroom.lesson_id}"
    faces = f"{lesson}/students/{ada}/faces"
    assert f'href="{faces}"' in client.get(lesson).text
    assert f"students/{bea}/faces" not in client.get(lesson).text, "no camera saw Bea"
    assert "Front, 10:12:00 – 10:20:00" in client.get(faces).text

    answer = client.post(
        faces, data={"track_id": [str(first), str(second)], "rather_id": ""}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{lesson}#corrections")
    page = client.get(lesson).text
    assert page.count("Take back: Front") == 2
    ids = [each["id"] for each in client.get(f"/v1{lesson}/corrections").json()]
    client.post(f"{lesson}/corrections/{ids[0]}/take-back")
    page = client.get(lesson).text
    assert page.count("Take back: Front") == 1
    assert "taken back by operator" in page


def test_a_correction_is_of_the_model_that_the_school_switched_to(
    classroom: Any, client: TestClient, tasks: Any
) -> None:
    ada = classroom.student("1")
    first, second = (str(classroom.track(ada, *minutes)) for minutes in ((0, 10), (12, 20)))
    with classroom.store.begin() as work:
        work.session.add(ModelChoice(school_id=classroom.school_id, active_id=DLIB_RESNET_V1.id))
    lesson = f"/lessons/{classroom.lesson_id}"
    client.post(f"{lesson}/students/{ada}/faces", data={"track_id": first, "rather_id": ""})
    client.post(f"/v1{lesson}/corrections", json={"track_id": second, "student_id": str(ada)})
    with classroom.store.begin() as work:
        assert work.session.scalars(select(Correction.model_id)).all() == [DLIB_RESNET_V1.id] * 2


def test_the_page_says_what_is_wrong_and_keeps_none_of_it(
    classroom: Any, client: TestClient, tasks: Any
) -> None:
    ada, bea = classroom.student("1", "Ada"), classroom.student("2", "Bea")
    theirs, not_theirs = classroom.track(ada, 0, 10), classroom.track(bea, 0, 10)
    faces = f"/lessons/{classroom.lesson_id}/students/{ada}/faces"
    for form, status, words in (
        ({}, 422, "choose at least one face"),
        ({"track_id": str(theirs), "rather_id": str(ada)}, 422, "the same student"),
        ({"track_id": [str(theirs), str(not_theirs)]}, 409, "not taken for this student"),
    ):
        answer = client.post(faces, data=form)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert client.get(f"/v1/lessons/{classroom.lesson_id}/corrections").json() == []
    nobody = f"/lessons/{classroom.lesson_id}/students/{uuid4()}/faces"
    assert client.get(nobody).status_code == 404


def test_a_browser_says_that_it_was_not_ada_and_takes_it_back(classroom: Any, page: Any, clock: Any) -> None:
    ada, bea = classroom.student("101", "Ada Lovelace"), classroom.student("102", "Bea")
    classroom.track(ada, 1, 9)
    clock.now = clock.now.replace(hour=9, minute=10)
    page.get_by_role("link", name="3b").click()
    page.get_by_role("link", name="Say that a face was not Ada Lovelace").click()
    assert page.get_by_role("group", name="Faces that were taken for Ada Lovelace").is_visible()
    page.get_by_label("Who was it rather?").select_option(str(bea))
    page.get_by_role("button", name="This was not Ada Lovelace").press("Enter")
    said = page.get_by_role("region", name="Corrections")
    said.wait_for(timeout=10_000)
    assert "not Ada Lovelace, rather Bea" in said.inner_text()
    said.get_by_role("button", name="Take back").click()
    page.get_by_text("taken back by operator").wait_for(timeout=10_000)
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.complaints == []


def _model_of(work: Any) -> str:
    (model_id,) = set(work.session.scalars(select(Correction.model_id)))
    return str(model_id)
