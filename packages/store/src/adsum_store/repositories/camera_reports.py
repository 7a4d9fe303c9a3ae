"""What a camera reported of itself, and of the faces it saw at each place of its picture. Read only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Integer, and_, column, func, select, true

from adsum_store.models import CameraHeartbeat
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PlaceSums:
    """The faces counted at one place (column 0 to 15, row 0 to 8), and sums over them to divide.

    `px` sums the sides of all faces in pixels; `yaw` (degrees) and `sharpness` (0 to 1) those of the
    `yaw_faces` and `sharpness_faces` of which they are known.
    """

    column: int
    row: int
    faces: float
    too_small: float
    px: float
    yaw: float = 0.0
    yaw_faces: float = 0.0
    sharpness: float = 0.0
    sharpness_faces: float = 0.0


@dataclass(frozen=True, slots=True)
class Totals:
    """What a camera counted in some time; all zero where it did not speak."""

    frames: int = 0
    frames_dropped: int = 0
    looks: int = 0
    faces: int = 0
    faces_too_small: int = 0
    reconnects: int = 0
    crops_sent: int = 0


def places(work: UnitOfWork, camera_id: UUID, start: datetime, end: datetime) -> Sequence[PlaceSums]:
    """Return the places at which the camera saw a face in [start, end], by row and column."""
    seen = (
        func.jsonb_to_recordset(CameraHeartbeat.coverage)
        .table_valued(
            column("column", Integer), column("row", Integer), column("faces", Double),
            column("too_small", Double), column("face_px", Double), column("yaw", Double),
            column("sharpness", Double),
        )
        .render_derived("seen", with_types=True)
    )  # fmt: skip

    def summed(value: ColumnElement[float]) -> ColumnElement[float]:
        return func.coalesce(func.sum(seen.c.faces * value), 0.0)

    def known(value: ColumnElement[float]) -> ColumnElement[float]:
        return func.coalesce(func.sum(seen.c.faces).filter(value.is_not(None)), 0.0)

    rows = work.session.execute(
        select(
            seen.c.column, seen.c.row, func.sum(seen.c.faces), func.sum(seen.c.too_small),
            summed(seen.c.face_px), summed(seen.c.yaw), known(seen.c.yaw), summed(seen.c.sharpness),
            known(seen.c.sharpness),
        )
        .select_from(CameraHeartbeat)
        .join(seen, true())
        .where(_within(camera_id, start, end))
        .group_by(seen.c.column, seen.c.row)
        .order_by(seen.c.row, seen.c.column)
    )  # fmt: skip
    return [PlaceSums(*row) for row in rows]


def totals(work: UnitOfWork, camera_id: UUID, start: datetime, end: datetime) -> Totals:
    """Add up what the camera's heartbeats of [start, end] counted."""
    counters = (
        CameraHeartbeat.frames, CameraHeartbeat.frames_dropped, CameraHeartbeat.looks, CameraHeartbeat.faces,
        CameraHeartbeat.faces_too_small, CameraHeartbeat.reconnects, CameraHeartbeat.crops_sent,
    )  # fmt: skip
    sums = select(*(func.coalesce(func.sum(counter), 0) for counter in counters))
    return Totals(*map(int, work.session.execute(sums.where(_within(camera_id, start, end))).one()))


def unsent(work: UnitOfWork, camera_id: UUID, start: datetime, end: datetime) -> Mapping[str, int]:
    """Return how many faces the camera saw and did not send in [start, end], by reason."""
    told = func.jsonb_each_text(CameraHeartbeat.unsent).table_valued("key", "value").render_derived("told")
    rows = work.session.execute(
        select(told.c.key, func.sum(told.c.value.cast(Double)))
        .select_from(CameraHeartbeat)
        .join(told, true())
        .where(_within(camera_id, start, end))
        .group_by(told.c.key)
        .order_by(told.c.key)
    )
    return {reason: int(count) for reason, count in rows}


def _within(camera_id: UUID, start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(CameraHeartbeat.camera_id == camera_id, CameraHeartbeat.at > start, CameraHeartbeat.at <= end)
