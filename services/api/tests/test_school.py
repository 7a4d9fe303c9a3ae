"""The one school."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from adsum_api.school.service import UnknownZone, ensure_school
from adsum_store.models import School
from adsum_store.unit_of_work import Store


def test_the_school_is_made_once(store: Store) -> None:
    with store.begin() as work:
        first = ensure_school(work, "One", "UTC")
    with store.begin() as work:
        second = ensure_school(work, "Another", "Europe/Zurich")
    assert (second.id, second.name, second.timezone) == (first.id, "One", "UTC")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_refused(store: Store, zone: str) -> None:
    with pytest.raises(UnknownZone), store.begin() as work:
        ensure_school(work, "School", zone)


def test_the_school_is_shown_and_changed(client: TestClient, school: School) -> None:
    assert client.get("/v1/school").json() == {
        "id": str(school.id),
        "name": "Test school",
        "timezone": "Europe/Zurich",
        "allow_attested_consent": True,
        "keep_enrolment_crops": False,
        "known_elsewhere": "without_name",
        "correction_days": 14,
        "warn_after_lessons": 5,
        "warn_after_days": 2,
        "erased_marks": "deleted",
        "retention_days": {},
        "jurisdiction": "unspecified",
        "consent_rule": "one_unopposed",
        "dpia_reference": None,
    }
    assert client.patch("/v1/school", json={"timezone": "UTC"}).json()["timezone"] == "UTC"
    assert client.get("/v1/school").json()["timezone"] == "UTC"
    assert client.patch("/v1/school", json={"timezone": "Mars/Olympus"}).status_code == 422
