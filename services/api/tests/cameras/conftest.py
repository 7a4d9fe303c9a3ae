"""A camera in a room, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adsum_store.models import Camera, CameraHeartbeat, Room, School
from adsum_store.unit_of_work import Store

Beat = Callable[..., None]


@pytest.fixture
def camera_id(store: Store, school: School) -> UUID:
    """A camera in a room."""
    room, camera = uuid4(), uuid4()
    with store.begin() as work:
        work.session.add(Room(id=room, school_id=school.id, name="B12"))
        work.session.flush()
        work.session.add(Camera(id=camera, school_id=school.id, name="door", room_id=room, key_sealed=b""))
    return camera


@pytest.fixture
def beat(store: Store, school: School, camera_id: UUID, clock: Any) -> Beat:
    """Writes a heartbeat of so many seconds ago."""

    def write(seconds_ago: float = 5, **said: Any) -> None:
        at = clock() - timedelta(seconds=seconds_ago)
        fields = {
            "state": "watching", "frames": 50, "frames_dropped": 1, "faces": 0, "faces_too_small": 0,
            "spool_depth": 0, "tracks": [], "fps": 10.0,
        } | said  # fmt: skip
        with store.begin() as work:
            work.session.add(
                CameraHeartbeat(
                    school_id=school.id, camera_id=camera_id, spool_id=uuid4(), sequence=0,
                    since=at - timedelta(seconds=5), at=at, **fields,
                )
            )  # fmt: skip

    return write
