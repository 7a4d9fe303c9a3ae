"""What cameras reported: added up by place and reason, and condensed when it is old."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from adsum_store.models import Camera, CameraHeartbeat, Room, School, Sighting
from adsum_store.repositories import camera_reports, coverage, expiry
from adsum_store.repositories.camera_reports import Totals
from adsum_store.unit_of_work import Store

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)


class Watched:
    """A camera in a room, whose heartbeats are written in one line each."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.school_id, self.room_id, self.camera_id = uuid4(), uuid4(), uuid4()
        self.sequence = 0
        with store.begin() as work:
            for row in (
                School(id=self.school_id, name="Test", timezone="UTC"),
                Room(id=self.room_id, school_id=self.school_id, name="101"),
                Camera(
                    id=self.camera_id,
                    school_id=self.school_id,
                    name="c",
                    room_id=self.room_id,
                    key_sealed=b"",
                ),
            ):
                work.session.add(row)
                work.session.flush()

    def beat(self, since_s: float, at_s: float, **said: Any) -> None:
        self.sequence += 1
        fields = {
            "state": "watching", "frames": 10, "frames_dropped": 1, "faces": 2, "faces_too_small": 0,
            "spool_depth": 0, "tracks": [{"track_id": str(uuid4())}],
        } | said  # fmt: skip
        with self.store.begin() as work:
            work.session.add(
                CameraHeartbeat(
                    school_id=self.school_id, camera_id=self.camera_id, spool_id=UUID(int=1),
                    sequence=self.sequence, since=NINE + timedelta(seconds=since_s),
                    at=NINE + timedelta(seconds=at_s), **fields,
                )
            )  # fmt: skip

    def spans(self) -> list[tuple[float, float]]:
        """The spans of watching, in seconds after nine."""
        with self.store.begin() as work:
            day = timedelta(days=1)
            found = coverage.watched(work, self.school_id, self.room_id, NINE - day, NINE + day)
        return sorted(((since - NINE).total_seconds(), (at - NINE).total_seconds()) for since, at in found)

    def rows(self) -> list[CameraHeartbeat]:
        with self.store.begin() as work:
            return list(work.session.scalars(select(CameraHeartbeat).order_by(CameraHeartbeat.since)))


@pytest.fixture
def camera(store: Store) -> Watched:
    return Watched(store)


def test_places_are_weighted_by_their_faces_and_unknown_values_left_out(camera: Watched) -> None:
    here = {"column": 3, "row": 4, "faces": 3, "too_small": 1, "face_px": 40.0, "yaw": 20.0}
    more = {"column": 3, "row": 4, "faces": 1, "too_small": 0, "face_px": 80.0, "sharpness": 0.5}
    camera.beat(0, 5, coverage=[here, {"column": 0, "row": 0, "faces": 2, "too_small": 0, "face_px": 30.0}])
    camera.beat(5, 10, coverage=[more])
    camera.beat(10, 15, coverage=[here])
    with camera.store.begin() as work:
        found = camera_reports.places(work, camera.camera_id, NINE, NINE + timedelta(seconds=10))
    assert [asdict(place) for place in found] == [
        {"column": 0, "row": 0, "faces": 2, "too_small": 0, "px": 60, "yaw": 0, "yaw_faces": 0,
         "sharpness": 0, "sharpness_faces": 0},
        {"column": 3, "row": 4, "faces": 4, "too_small": 1, "px": 200, "yaw": 60, "yaw_faces": 3,
         "sharpness": 0.5, "sharpness_faces": 1},
    ]  # fmt: skip


def test_counters_are_added_up_and_silence_is_zero(camera: Watched) -> None:
    camera.beat(0, 5, reconnects=1, crops_sent=4, unsent={"masked": 2})
    camera.beat(5, 10, unsent={"masked": 1, "turned_away": 7})
    with camera.store.begin() as work:
        minute = (NINE, NINE + timedelta(minutes=1))
        assert camera_reports.totals(work, camera.camera_id, *minute) == Totals(20, 2, 0, 4, 0, 1, 4)
        assert camera_reports.totals(work, uuid4(), *minute) == Totals()
        assert camera_reports.unsent(work, camera.camera_id, *minute) == {"masked": 3, "turned_away": 7}


def test_old_heartbeats_become_few_and_what_was_watched_stays_known(camera: Watched) -> None:
    for start in (0, 5, 10, 30, 35):  # silent from 15 to 30
        camera.beat(start, start + 5)
    camera.beat(40, 45, state="no_signal")
    camera.beat(45, 50)
    camera.beat(3600, 3605)  # within the time that is kept in full
    for _ in range(2):  # again: changes nothing
        with camera.store.begin() as work:
            expiry.condense_heartbeats(work, NINE + timedelta(hours=1))
    assert camera.spans() == [(0, 15), (30, 40), (45, 50), (3600, 3605)]
    rows = camera.rows()
    assert [(row.frames, row.condensed, len(row.tracks)) for row in rows] == [
        (30, True, 0), (20, True, 0), (10, True, 0), (10, True, 0), (10, False, 1),
    ]  # fmt: skip


def test_an_hour_of_watching_becomes_one_row(camera: Watched) -> None:
    for start in range(0, 7200, 600):
        camera.beat(start, start + 600)
    with camera.store.begin() as work:
        expiry.condense_heartbeats(work, NINE + timedelta(hours=3))
    spans = camera.spans()
    assert len(spans) == 3  # what ends on the hour belongs to the next one
    assert (spans[0][0], spans[-1][1]) == (0, 7200)
    assert all(one[1] == two[0] for one, two in pairwise(spans))


def test_old_sightings_go(camera: Watched) -> None:
    with camera.store.begin() as work:
        for sequence, age_days in enumerate((91, 89)):
            at = NINE - timedelta(days=age_days)
            work.session.add(
                Sighting(
                    school_id=camera.school_id, camera_id=camera.camera_id, spool_id=uuid4(),
                    sequence=sequence, track_id=uuid4(), track_started_at=at, captured_at=at, model_id="m",
                    quality=1.0, detector_score=1.0, face_px=60.0, frame_box=[0, 0, 60, 60], candidates=[],
                )
            )  # fmt: skip
    with camera.store.begin() as work:
        expiry.drop_sightings(work, NINE - timedelta(days=90))
    with camera.store.begin() as work:
        assert list(work.session.scalars(select(Sighting.sequence))) == [1]
