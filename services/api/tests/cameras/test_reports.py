"""How a camera is and what it sees, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from adsum_api.cameras.health import health_of

PLACE = {"column": 3, "row": 1, "faces": 20, "too_small": 18, "face_px": 28.0, "yaw": 12.0, "sharpness": 0.03}
Beat = Callable[..., None]


def health(client: TestClient, camera_id: UUID) -> dict[str, Any]:
    answer = client.get(f"/v1/cameras/{camera_id}/health")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_camera_that_works_is_online_without_reasons(
    client: TestClient, camera_id: UUID, beat: Beat
) -> None:
    beat(7200, reconnects=9)  # longer ago than an hour
    beat(600, crops_sent=4, reconnects=1)
    beat(5, crops_sent=3, frame_age_s=0.1, lesson_coverage=0.97, clock_offset_s=-0.2)
    shown = health(client, camera_id)
    assert (shown["state"], shown["online"], shown["reasons"]) == ("watching", True, [])
    assert (shown["crops_sent_last_hour"], shown["reconnects_last_hour"]) == (7, 1)
    assert (shown["fps"], shown["frame_age_s"], shown["lesson_coverage"]) == (10.0, 0.1, 0.97)
    assert shown["last_heard_at"] == "2026-02-11T09:29:55Z"


@pytest.mark.parametrize(
    ("said", "state", "word"),
    [
        ({"seconds_ago": 61}, "silent", "Not heard of for 1 minute:"),
        ({"state": "no_signal"}, "no_signal", "gets no picture"),
        ({"state": "capacity_limited"}, "capacity_limited", "too slow"),
        ({"frame_age_s": 40}, "watching", "40 seconds old"),
        ({"reconnects": 3}, "watching", "lost 3 times"),
        ({"spool_depth": 500}, "watching", "500 entries wait"),
        ({"spool_dropped": 2}, "watching", "gave up 2 crops"),
        ({"clock_offset_s": -30}, "watching", "off by 30 seconds"),
        ({"lesson_coverage": 0.4}, "watching", "40% of the lesson"),
    ],
)
def test_what_is_wrong_is_told_in_words(
    client: TestClient, camera_id: UUID, beat: Beat, said: dict[str, Any], state: str, word: str
) -> None:
    beat(**said)
    shown = health(client, camera_id)
    assert shown["state"] == state
    assert shown["online"] == (state in {"watching", "capacity_limited"})
    [reason] = shown["reasons"]
    assert word in reason


def test_a_camera_that_never_spoke_says_so(client: TestClient, camera_id: UUID) -> None:
    shown = health(client, camera_id)
    assert (shown["state"], shown["online"], shown["fps"]) == ("never_heard", False, None)
    assert "never heard of" in shown["reasons"][0]


def test_what_it_sees_is_told_by_place_with_advice(client: TestClient, camera_id: UUID, beat: Beat) -> None:
    beat(5, coverage=[PLACE], unsent={"face_too_small": 18})
    beat(60, coverage=[PLACE], unsent={"face_too_small": 2, "masked": 1})
    beat(2 * 86400, coverage=[PLACE | {"column": 9}])
    shown = client.get(f"/v1/cameras/{camera_id}/coverage").json()
    assert (shown["columns"], shown["rows"], shown["faces"]) == (16, 9, 40)
    assert shown["places"] == [
        {"column": 3, "row": 1, "faces": 40, "face_px": 28.0, "too_small_share": 0.9, "yaw": 12.0,
         "sharpness": 0.03, "judgement": "too_small"}
    ]  # fmt: skip
    assert shown["unsent"] == {"face_too_small": 20, "masked": 1}
    assert "back rows) are 28 px" in shown["advice"][0]
    assert (shown["from"], shown["to"]) == ("2026-02-10T09:30:00Z", "2026-02-11T09:30:00Z")


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-02-11T09:00:00Z", "2026-02-11T09:00:00Z"), ("2026-02-01T09:00:00Z", "2026-02-11T09:00:00Z")],
)
def test_no_time_and_more_than_a_week_are_refused(
    client: TestClient, camera_id: UUID, start: str, end: str
) -> None:
    answer = client.get(f"/v1/cameras/{camera_id}/coverage", params={"from": start, "to": end})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("report", ["health", "coverage"])
def test_an_unknown_camera_is_not_found(client: TestClient, report: str) -> None:
    answer = client.get(f"/v1/cameras/{uuid4()}/{report}")
    assert (answer.status_code, answer.json()["code"]) == (404, "camera-not-found")


def test_the_document_shows_examples_and_refusals(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for report, schema in (("health", "HealthOut"), ("coverage", "CoverageOut")):
        answers = document["paths"][f"/v1/cameras/{{camera_id}}/{report}"]["get"]["responses"]
        problem = answers["404"]["content"]["application/problem+json"]["example"]
        assert problem["code"] == "camera-not-found"
        assert document["components"]["schemas"][schema]["examples"][0]["camera_id"]


@dataclass(frozen=True)
class Said:
    """A last heartbeat."""

    state: str
    at: datetime
    frame_age_s: float | None
    spool_depth: int
    spool_dropped: int
    clock_offset_s: float | None
    lesson_coverage: float | None


@given(
    st.builds(
        Said, st.sampled_from(["watching", "no_signal", "capacity_limited"]),
        st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 1)), st.none() | st.floats(0, 1e6),  # noqa: DTZ001
        st.integers(0, 10**6), st.integers(0, 10**6), st.none() | st.floats(-1e6, 1e6),
        st.none() | st.floats(0, 1),
    ),
    st.integers(0, 100),
)  # fmt: skip
def test_a_camera_that_does_not_see_always_says_why(said: Said, reconnects: int) -> None:
    found = health_of(said, reconnects, datetime(2026, 2, 1))  # noqa: DTZ001 - only differences count
    assert found.online == (found.state in {"watching", "capacity_limited"})
    assert found.online or found.reasons
    assert found.state in {said.state, "silent"}
