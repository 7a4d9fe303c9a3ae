"""Kept crops go with whatever they rest on; and the model that a school switched to counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from adsum_api.retention.clocks import CROPS_KEPT
from adsum_api.retention.service import purge_expired
from adsum_api.runtime import Runtime
from adsum_contracts.models import DLIB_RESNET_V1
from adsum_store.models import EnrolmentCrop, ModelChoice, School
from adsum_store.repositories import kept_crops
from adsum_store.repositories.kept_crops import NewCrop


@pytest.fixture
def student(client: TestClient, runtime: Runtime, school: School) -> dict[str, Any]:
    """A student with consent and one kept crop."""
    new = {"number": "7", "name": "Ada", "consent": {"basis": "guardian", "given_by": "her mother"}}
    made: dict[str, Any] = client.post("/v1/students", json=new).json()
    with runtime.store.begin() as work:
        crop = NewCrop(school.id, UUID(made["id"]), runtime.vault.seal(b"a face"), 0.9, "photo", "job:0")
        kept_crops.add(work.session, crop)
    assert crops(runtime) == 1
    return made


def crops(runtime: Runtime) -> int:
    with runtime.store.begin() as work:
        return work.session.query(EnrolmentCrop).count()


def test_a_school_that_keeps_no_crops_any_longer_has_none(
    client: TestClient, runtime: Runtime, student: dict[str, Any]
) -> None:
    assert client.patch("/v1/school", json={"keep_enrolment_crops": True}).json()["keep_enrolment_crops"]
    assert crops(runtime) == 1
    client.patch("/v1/school", json={"keep_enrolment_crops": False})
    assert crops(runtime) == 0


def test_a_withdrawal_deletes_the_crops_and_says_how_many(
    client: TestClient, runtime: Runtime, student: dict[str, Any]
) -> None:
    receipt = client.delete(f"/v1/students/{student['id']}/consent").json()
    assert (receipt["crops_deleted"], crops(runtime)) == (1, 0)


def test_an_erasure_deletes_the_crops(client: TestClient, runtime: Runtime, student: dict[str, Any]) -> None:
    client.delete(f"/v1/students/{student['id']}")
    assert crops(runtime) == 0


def test_crops_go_when_their_time_is_over(runtime: Runtime, student: dict[str, Any]) -> None:
    with runtime.store.begin() as work:
        kept_at = work.session.query(EnrolmentCrop.created_at).scalar()
        purge_expired(work, kept_at + CROPS_KEPT)
    assert crops(runtime) == 1
    with runtime.store.begin() as work:
        purge_expired(work, kept_at + CROPS_KEPT + timedelta(seconds=1))
    assert crops(runtime) == 0


def test_what_a_school_switched_to_counts_and_not_the_setting(
    client: TestClient, runtime: Runtime, school: School
) -> None:
    assert runtime.agreement.model.floor < 0.9 < DLIB_RESNET_V1.floor
    with runtime.store.begin() as work:
        work.session.add(ModelChoice(school_id=school.id, active_id=DLIB_RESNET_V1.id, share=0))
    with runtime.store.begin() as work:
        assert runtime.agreement.model_id_of(work, school.id) == DLIB_RESNET_V1.id
    room = client.post("/v1/rooms", json={"name": "101"}).json()
    hour = {"starts_at": "2026-02-11T09:00:00Z", "ends_at": "2026-02-11T10:00:00Z"}
    lesson = hour | {"room_id": room["id"], "threshold": 0.9}
    refused = client.post("/v1/lessons", json=lesson)
    assert refused.status_code == 422
    assert "dlib" in refused.text
