"""A camera's health and its view of the room, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from adsum_api.cameras.coverage import COLUMNS, GOOD_PX, ROWS, Judgement, Place, advice, places_of
from adsum_api.cameras.health import State, health_of
from adsum_store.repositories.camera_reports import PlaceSums, Totals
from adsum_store.repositories.places import CameraRecord

_EXAMPLE_ID = "6d0e3f5c-0000-4000-8000-000000000001"


class HealthOut(BaseModel):
    """How a camera is. `reasons`: what is wrong, in plain words, with what to do about it; empty when all is
    well. The first figures are those of the last heartbeat, those named `last_hour` add up an hour's.

    `lesson_coverage`: the share of the lesson under way that it has watched. `spool_depth`: entries that the
    server has not confirmed yet. `spool_dropped`: those it had to give up since the spool was made.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "camera_id": _EXAMPLE_ID, "name": "front", "room_id": _EXAMPLE_ID, "state": "watching",
                "online": True, "reasons": [], "last_heard_at": "2026-02-11T09:30:00Z", "fps": 10.0,
                "frame_age_s": 0.1, "spool_depth": 3, "spool_dropped": 0, "clock_offset_s": -0.25,
                "lesson_coverage": 0.98, "frames_last_hour": 36000, "frames_dropped_last_hour": 12,
                "reconnects_last_hour": 0, "crops_sent_last_hour": 410,
            }
        }
    )  # fmt: skip

    camera_id: UUID
    name: str
    room_id: UUID
    state: State
    online: bool
    reasons: list[str]
    last_heard_at: datetime | None
    fps: float | None
    frame_age_s: float | None
    spool_depth: int | None
    spool_dropped: int | None
    clock_offset_s: float | None
    lesson_coverage: float | None
    frames_last_hour: int
    frames_dropped_last_hour: int
    reconnects_last_hour: int
    crops_sent_last_hour: int

    @classmethod
    def of(cls, record: CameraRecord, hour: Totals, now: datetime) -> HealthOut:
        """Judge a stored camera."""
        camera, beat = record.camera, record.heartbeat
        health = health_of(beat, hour.reconnects, now)
        last = {name: getattr(beat, name, None) for name in _LAST}
        return cls(
            camera_id=camera.id,
            name=camera.name,
            room_id=camera.room_id,
            state=health.state,
            online=health.online,
            reasons=list(health.reasons),
            last_heard_at=beat.at if beat else None,
            frames_last_hour=hour.frames,
            frames_dropped_last_hour=hour.frames_dropped,
            reconnects_last_hour=hour.reconnects,
            crops_sent_last_hour=hour.crops_sent,
            **last,
        )


_LAST = ("fps", "frame_age_s", "spool_depth", "spool_dropped", "clock_offset_s", "lesson_coverage")


class PlaceOut(BaseModel):
    """One place of the picture: means over the `faces` counted there.

    `face_px`: the side of a face in pixels. `yaw`: degrees turned away, 0 to 90. `too_small_share`: of the
    faces, how many were too small to be matched. `judgement` is the first thing that is wrong.
    """

    column: Annotated[int, Field(ge=0, lt=COLUMNS)]
    row: Annotated[int, Field(ge=0, lt=ROWS)]
    faces: int
    face_px: float
    too_small_share: float
    yaw: float | None
    sharpness: float | None
    judgement: Judgement

    @classmethod
    def of(cls, place: Place) -> PlaceOut:
        """Tell what was seen at a place."""
        seen = place.seen
        return cls(
            column=place.column,
            row=place.row,
            faces=seen.faces,
            face_px=round(seen.face_px, 1),
            too_small_share=round(seen.too_small, 3),
            yaw=None if seen.yaw is None else round(seen.yaw, 1),
            sharpness=None if seen.sharpness is None else round(seen.sharpness, 4),
            judgement=seen.judgement,
        )


class CoverageOut(BaseModel):
    """What a camera saw of its room, by place: 16 columns from the left, 9 rows from the top.

    Places where no face was seen are left out. `unsent`: faces seen and not sent, by reason. `advice`: what
    would help, in plain words.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "camera_id": _EXAMPLE_ID, "from": "2026-02-11T09:00:00Z", "to": "2026-02-11T09:45:00Z",
                "columns": COLUMNS, "rows": ROWS, "good_px": GOOD_PX, "faces": 20,
                "places": [
                    {"column": 3, "row": 1, "faces": 20, "face_px": 28.4, "too_small_share": 0.9,
                     "yaw": 12.0, "sharpness": 0.03, "judgement": "too_small"}
                ],
                "unsent": {"face_too_small": 18},
                "advice": [
                    "Faces at the top of the picture (the back rows) are 28 px and cannot be recognised: "
                    "move the camera closer, zoom in or raise its resolution (48 px and more is good)."
                ],
            }
        }
    )  # fmt: skip

    camera_id: UUID
    start: Annotated[datetime, Field(serialization_alias="from")]
    end: Annotated[datetime, Field(serialization_alias="to")]
    columns: int = COLUMNS
    rows: int = ROWS
    good_px: float = GOOD_PX
    faces: int
    places: list[PlaceOut]
    unsent: dict[str, int]
    advice: list[str]

    @classmethod
    def of(
        cls, camera_id: UUID, times: tuple[datetime, datetime], sums: Sequence[PlaceSums],
        unsent: Mapping[str, int],
    ) -> CoverageOut:  # fmt: skip
        """Judge what was seen in [start, end)."""
        places = [PlaceOut.of(place) for place in places_of(sums)]
        shown: dict[str, Any] = {"faces": sum(place.faces for place in places), "places": places}
        return cls(
            camera_id=camera_id, start=times[0], end=times[1], unsent=dict(unsent),
            advice=list(advice(sums, unsent)), **shown,
        )  # fmt: skip
