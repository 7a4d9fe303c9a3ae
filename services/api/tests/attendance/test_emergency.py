"""Where everybody was last seen today, now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.emergency.service import ordered
from adsum_store.models import Room
from adsum_store.repositories.whereabouts import Whereabouts

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)

people = st.builds(
    Whereabouts, st.uuids(), st.text(max_size=3), st.just("Ada"),
    st.none() | st.integers(0, 99).map(lambda minutes: NINE + timedelta(minutes=minutes)),
    st.sampled_from(["A", "B"]), st.none(), st.none(), st.none(),
)  # fmt: skip


@given(st.lists(people, max_size=12))
def test_the_list_loses_nobody_and_puts_who_was_not_seen_last(found: list[Whereabouts]) -> None:
    listed = ordered(found)
    assert sorted(each.student_id for each in listed) == sorted(each.student_id for each in found)
    seen = [each for each in listed if each.seen_at is not None]
    assert listed[: len(seen)] == seen
    assert [each.room for each in seen] == sorted(str(each.room) for each in seen)


def test_each_student_is_listed_with_the_room_and_time_of_the_newest_sighting(
    classroom: Any, client: TestClient, clock: Any
) -> None:
    ada, bea = classroom.student("101", "Ada"), classroom.student("102", "Bea")
    classroom.student("103", "Cleo")
    gym = uuid4()
    classroom.add(Room(id=gym, school_id=classroom.school_id, name="Gym"))
    later = classroom.lesson(NINE + timedelta(hours=1), room_id=gym)
    classroom.track(ada, 1, 9)
    classroom.track(bea, 2, 8)
    classroom.track(bea, 61, 70, lesson_id=later)
    with classroom.store.begin() as work:
        for lesson in (classroom.lesson_id, later):
            service.apply(work, classroom.school_id, lesson, Agreement())
    clock.now = NINE + timedelta(minutes=75)
    rows = client.get("/v1/emergency").json()["tables"][0]["rows"]
    told = [(row["number"], row["room"], row["seen_at"]) for row in rows]
    assert told[0][:2] == ("102", "Gym")
    assert told[1][:2] == ("101", "Room 1")
    assert told[2] == ("103", "not seen today", None)
    assert client.get("/v1/emergency?format=pdf").content.startswith(b"%PDF")
    assert "102" in client.get("/v1/emergency?format=csv").text
    page = client.get("/emergency").text
    assert "2 of 3 students were seen today" in page
    assert page.index("Gym") < page.index("Room 1") < page.index("Not seen today")


def test_yesterdays_sightings_and_those_of_cancelled_lessons_say_nothing(
    classroom: Any, client: TestClient, clock: Any
) -> None:
    ada = classroom.student("101", "Ada")
    classroom.track(ada, 1, 9)
    with classroom.store.begin() as work:
        service.apply(work, classroom.school_id, classroom.lesson_id, Agreement())
    clock.forward(days=1)
    (row,) = client.get("/v1/emergency").json()["tables"][0]["rows"]
    assert (row["seen_at"], row["status"]) == (None, None)


def test_a_persons_word_counts_with_its_time(classroom: Any, client: TestClient) -> None:
    ada = classroom.student("101", "Ada", consent=False)
    body = {"student_id": str(ada), "status": "present"}
    client.post(f"/v1/lessons/{classroom.lesson_id}/marks", json=body)
    (row,) = client.get("/v1/emergency").json()["tables"][0]["rows"]
    assert (row["room"], row["source"]) == ("Room 1", "teacher")
