"""What a lesson is told of a face that is known elsewhere in the school, and that it marks nobody."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_store.models import School, Track


@pytest.fixture
def elsewhere(classroom: Any) -> UUID:
    """Cy of another class, in the record as the recognizer writes it where names are allowed."""
    cy: UUID = classroom.student("77", "Cy Young", member=False)
    classroom.student("1", "Ada")
    track_id = classroom.track(None, 3, 9)
    with classroom.store.begin() as work:
        row = work.session.get(Track, (classroom.lesson_id, track_id))
        row.reason, row.elsewhere_id = "known_elsewhere", cy
    return cy


def allow(client: TestClient, what: str) -> None:
    assert client.patch("/v1/school", json={"known_elsewhere": what}).json()["known_elsewhere"] == what


@pytest.mark.parametrize(
    ("allowed", "faces", "name"), [("off", 0, None), ("without_name", 1, None), ("with_name", 1, "Cy Young")]
)
def test_a_lesson_is_told_what_the_school_allows(
    classroom: Any, client: TestClient, elsewhere: UUID, allowed: str, faces: int, name: str | None
) -> None:
    allow(client, allowed)
    told = client.get(f"/v1/lessons/{classroom.lesson_id}/known-elsewhere").json()
    assert [each["student"] and each["student"]["name"] for each in told] == [name] * faces
    page = client.get(f"/lessons/{classroom.lesson_id}").text
    assert ("Known elsewhere in the school" in page) is bool(faces)
    assert ("Cy Young (77)" in page) is (name is not None)
    assert str(elsewhere) not in page


def test_it_marks_nobody(classroom: Any, client: TestClient, elsewhere: UUID) -> None:
    classroom.watched()
    with classroom.store.begin() as work:
        service.apply(work, classroom.school_id, classroom.lesson_id, Agreement())
    assert classroom.statuses(elsewhere) == []
    register = client.get(f"/v1/lessons/{classroom.lesson_id}/register").json()
    assert [entry["name"] for entry in register["entries"]] == ["Ada"]


def test_without_a_name_is_what_a_new_school_says(client: TestClient, school: School) -> None:
    assert client.get("/v1/school").json()["known_elsewhere"] == "without_name"
    assert client.patch("/v1/school", json={"known_elsewhere": "to everybody"}).status_code == 422
    assert client.get(f"/v1/lessons/{uuid4()}/known-elsewhere").status_code == 404
