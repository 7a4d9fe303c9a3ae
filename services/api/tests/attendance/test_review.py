"""A review asks for the uncertain and the missing alone; confirming and undoing are marks like any other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.precedence import standing
from adsum_api.attendance.review import Doubt, Looked, before, doubt_of
from adsum_store.models import LookAlike


@dataclass(frozen=True)
class Said:
    """A row of the log."""

    id: int
    status: str
    source: str = "machine"
    minutes_late: int | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


def log_of(*said: tuple[str, str]) -> list[Said]:
    asked = {"proposed_status": "late", "proposed_minutes_late": 7}
    return [
        Said(place, status, source, evidence=asked if status == "pending_review" else {})
        for place, (source, status) in enumerate(said)
    ]


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        (log_of(), "missing"),
        (log_of(("machine", "absent")), "missing"),
        (log_of(("machine", "present"), ("machine", "unmarked")), "retracted"),
        (log_of(("machine", "present")), None),
        (log_of(("machine", "absent"), ("machine", "pending_review")), "seen_after_closing"),
        (log_of(("teacher", "absent")), None),
        (log_of(("teacher", "absent"), ("machine", "late")), "contradicted"),
        (log_of(("machine", "late"), ("teacher", "absent")), None),
        (log_of(("teacher", "present"), ("machine", "unmarked")), None),
        (log_of(("planned", "excused"), ("machine", "absent")), None),
        (log_of(("machine", "absent"), ("qr", "present")), None),
        (log_of(("teacher", "absent"), ("teacher", "unmarked"), ("machine", "present")), None),
    ],
)
def test_a_review_asks_for_the_uncertain_and_the_missing_alone(log: list[Said], kind: str | None) -> None:
    doubt = doubt_of(log, Looked(surely_missed=True))
    assert (doubt and doubt.kind) == kind


def test_nobody_is_proposed_absent_whom_the_camera_could_not_see() -> None:
    assert doubt_of(log_of(("machine", "not_observed")), Looked()) == Doubt("missing", None)
    assert doubt_of([], Looked(surely_missed=True)) == Doubt("missing", "absent")


def test_a_look_alike_is_asked_for_until_a_person_says_so() -> None:
    seen = log_of(("machine", "present"))
    assert doubt_of(seen, Looked(resembles=True)) == Doubt("look_alike", "present")
    assert doubt_of(log_of(("machine", "present"), ("teacher", "present")), Looked(resembles=True)) is None


marks = st.lists(
    st.tuples(
        st.sampled_from(["machine", "planned", "qr", "import", "guardian", "teacher", "office"]),
        st.sampled_from(
            ["present", "late", "absent", "excused", "not_observed", "pending_review", "unmarked"]
        ),
    ),
    max_size=8,
)


@given(marks, st.booleans(), st.booleans())
def test_who_was_confirmed_is_not_asked_for_again(
    said: list[tuple[str, str]], resembles: bool, missed: bool
) -> None:
    log, looked = log_of(*said), Looked(resembles, missed)
    doubt = doubt_of(log, looked)
    if doubt is not None:
        log = [*log, Said(len(log), doubt.suggested or "excused", "teacher")]
        assert doubt_of(log, looked) is None


@given(marks)
def test_what_is_undone_counts_as_before(said: list[tuple[str, str]]) -> None:
    log = log_of(*said)
    confirmed = Said(len(log), "present", "teacher")
    was = before([*log, confirmed], confirmed)
    undone = [*log, confirmed, Said(len(log) + 1, was.status if was else "unmarked", "teacher")]
    first, last = standing(log), standing(undone)
    assert last is not None
    assert (first.status if first else "unmarked") == last.status


def review(client: TestClient, classroom: Any) -> Any:
    return client.get(f"/v1/lessons/{classroom.lesson_id}/review").json()


def act(client: TestClient, classroom: Any, what: str, **body: Any) -> Any:
    return client.post(f"/v1/lessons/{classroom.lesson_id}/review/{what}", json=body)


def statuses(client: TestClient, classroom: Any) -> dict[str, str]:
    entries = client.get(f"/v1/lessons/{classroom.lesson_id}/register").json()["entries"]
    return {entry["number"]: entry["status"] for entry in entries}


def apply(classroom: Any) -> None:
    with classroom.store.begin() as work:
        service.apply(work, classroom.school_id, classroom.lesson_id, Agreement())


def lookalikes(classroom: Any, one: UUID, other: UUID) -> LookAlike:
    return LookAlike(
        school_id=classroom.school_id, model_id=Agreement().model.id, one_id=min(one, other),
        other_id=max(one, other), extra=0.1,
    )  # fmt: skip


def test_a_lesson_is_reviewed_confirmed_undone_and_finalised(classroom: Any, client: TestClient) -> None:
    ada, bea, cleo, dora = (classroom.student(number) for number in ("101", "102", "103", "104"))
    classroom.student("105", consent=False)
    classroom.add(lookalikes(classroom, ada, bea))
    classroom.track(ada, 1, 9)
    classroom.track(cleo, 1, 9, review="may_be_a_picture")
    face = classroom.track(None, 2, 8)
    classroom.watched(0, 30)
    apply(classroom)
    found = review(client, classroom)
    assert [(item["number"], item["kind"], item["suggested"]) for item in found["items"]] == [
        ("101", "look_alike", "present"), ("102", "missing", "absent"),
        ("103", "may_be_a_picture", "present"), ("104", "missing", "absent"), ("105", "missing", None),
    ]  # fmt: skip
    assert [each["track_id"] for each in found["faces"]] == [str(face)]
    assert found["waiting"] == 4
    done = act(client, classroom, "confirm", version=found["version"], actor="Ms Keller")
    assert (done.status_code, len(done.json()["marks"])) == (200, 4)
    assert act(client, classroom, "confirm", version=found["version"]).json()["code"] == "review-changed"
    assert [item["number"] for item in review(client, classroom)["items"]] == ["105"]
    undone = act(client, classroom, f"{done.json()['id']}/undo")
    assert {mark["status"] for mark in undone.json()["marks"]} == {"unmarked"}
    assert act(client, classroom, f"{done.json()['id']}/undo").json()["marks"] == []
    assert len(review(client, classroom)["items"]) == 5
    dora_late = {"student_id": str(dora), "status": "late", "minutes_late": 6}
    act(client, classroom, "confirm", students=[dora_late])
    assert statuses(client, classroom)["104"] == "late"
    act(client, classroom, "confirm")
    last = review(client, classroom)["items"][0]["student_id"]
    refused = act(client, classroom, "confirm", students=[{"student_id": last}])
    assert (refused.status_code, refused.json()["code"]) == (422, "nothing-suggested")
    act(client, classroom, "confirm", students=[{"student_id": last, "status": "excused"}])
    assert review(client, classroom)["items"] == []
    assert client.post(f"/v1/lessons/{classroom.lesson_id}/finalise", json={}).status_code == 200
    assert act(client, classroom, f"{done.json()['id']}/undo").json()["code"] == "register-finalised"


def test_what_is_not_there_is_not_reviewed(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101")
    classroom.track(ada, 0, 40)
    apply(classroom)
    assert client.get(f"/v1/lessons/{uuid4()}/review").status_code == 404
    assert act(client, classroom, f"{uuid4()}/undo").status_code == 404
    refused = act(client, classroom, "confirm", students=[{"student_id": str(ada)}])
    assert refused.json()["code"] == "review-changed"
    minutes = [{"student_id": str(ada), "minutes_late": 3}]
    assert act(client, classroom, "confirm", students=minutes).status_code == 422


def test_the_page_asks_confirms_takes_back_and_signs_without_a_script(
    classroom: Any, client: TestClient
) -> None:
    ada = classroom.student("101", "Ada Lovelace")
    classroom.student("102", "Bea", consent=False)
    classroom.track(None, 2, 8)
    classroom.watched(0, 30)
    here = f"/lessons/{classroom.lesson_id}"
    assert f'href="{here}/review"' in client.get(here).text
    asked = client.get(f"{here}/review").text
    assert "2 to look at" in asked
    assert "could not see whether they were there" in asked
    assert "Faces that fit nobody" in asked
    assert "Finalise the register" not in asked
    confirmed = client.post(f"{here}/review/confirm", data={"version": review(client, classroom)["version"]})
    assert "1 to look at" in confirmed.text
    undo = re.search(r'action="(\S+/undo)"', confirmed.text)
    assert undo is not None
    assert "2 to look at" in client.post(undo[1]).text
    assert client.post(f"{here}/finalise").status_code == 409
    stale = client.post(f"{here}/review/confirm", data={"version": "of yesterday"})
    assert (stale.status_code, "has changed since" in stale.text) == (409, True)
    client.post(f"{here}/review/confirm", data={"student_id": str(ada), "status": "excused"})
    client.post(
        f"{here}/review/confirm",
        data={"student_id": review(client, classroom)["items"][0]["student_id"], "status": "present"},
    )
    final = client.post(f"{here}/finalise").text
    assert "signed by operator" in final
    assert "Open again" in final
    assert "signed by" not in client.post(f"{here}/reopen", data={"reason": "a mistake"}).text
