"""What the pages of cameras show: how each is, and what it sees where, as a picture. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.cameras.coverage import ENOUGH_FACES, GOOD_PX, LEAST_PX, Judgement
from adsum_api.cameras.schemas import CoverageOut, HealthOut, PlaceOut

STATES: Final[Mapping[str, str]] = {
    "watching": "watching",
    "capacity_limited": "watching, at its limit",
    "no_signal": "no picture",
    "silent": "offline",
    "never_heard": "never heard of",
}
LEGEND: Final[Mapping[Judgement, str]] = {
    "good": f"good: {GOOD_PX:.0f} px and more",
    "small": f"small: {LEAST_PX:.0f} to {GOOD_PX:.0f} px, less sure",
    "too_small": "too small to recognise",
    "turned_away": "turned away",
    "blurred": "blurred",
    "too_few": f"fewer than {ENOUGH_FACES} faces",
}
REASONS: Final[Mapping[str, str]] = {
    "face_too_small": "too small",
    "too_blurred": "blurred",
    "turned_away": "turned away",
    "too_dark": "too dark",
    "too_bright": "too bright",
    "cut_by_the_edge": "cut by the edge",
    "low_detection_score": "not clearly a face",
    "masked": "where it was told not to look",
    "still": "on the wall: never moved",
}
RANGES: Final = {1: "last hour", 24: "last day"}
CELL_PX: Final = 60


@dataclass(frozen=True, slots=True)
class CameraCard:
    """A camera in the list."""

    id: UUID
    name: str
    room: str
    state: str
    word: str
    online: bool
    reasons: Sequence[str]
    heard: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A place of the picture in an SVG, `x` and `y` being its corner; `title` says all that is known."""

    x: int
    y: int
    judgement: Judgement
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number under its name."""

    name: str
    value: str


def card_of(health: HealthOut, room: str, zone: ZoneInfo) -> CameraCard:
    """Return a camera as the list shows it."""
    return CameraCard(
        id=health.camera_id,
        name=health.name,
        room=room,
        state=health.state,
        word=STATES[health.state],
        online=health.online,
        reasons=health.reasons,
        heard=_moment(health.last_heard_at, zone),
    )


def cells_of(coverage: CoverageOut) -> list[Cell]:
    """Return the places at which faces were seen, `CELL_PX` wide and high each."""
    return [
        Cell(place.column * CELL_PX, place.row * CELL_PX, place.judgement, _label(place), _title(place))
        for place in coverage.places
    ]


def figures_of(health: HealthOut) -> list[Figure]:
    """Return what a technician wants to know first; what was never told is left out."""
    figures = [
        Figure("frames a second", _number(health.fps)),
        Figure("age of the newest frame", _seconds(health.frame_age_s)),
        Figure("frames left out in an hour", f"{health.frames_dropped_last_hour:,}"),
        Figure("pictures lost in an hour", str(health.reconnects_last_hour)),
        Figure("crops sent in an hour", f"{health.crops_sent_last_hour:,}"),
        Figure("entries waiting", "" if health.spool_depth is None else f"{health.spool_depth:,}"),
        Figure("clock", _seconds(health.clock_offset_s, sign=True)),
        Figure(
            "of the lesson watched", "" if health.lesson_coverage is None else f"{health.lesson_coverage:.0%}"
        ),
    ]
    return [figure for figure in figures if figure.value]


def unsent_of(coverage: CoverageOut) -> list[Figure]:
    """Return why faces were not sent, the most frequent first."""
    ordered = sorted(coverage.unsent.items(), key=lambda item: (-item[1], item[0]))
    return [Figure(REASONS.get(reason, reason), f"{count:,}") for reason, count in ordered if count]


def _label(place: PlaceOut) -> str:
    if place.judgement == "turned_away" and place.yaw is not None:
        return f"{place.yaw:.0f}°"
    return f"{place.face_px:.0f}"


def _title(place: PlaceOut) -> str:
    parts = [
        f"column {place.column + 1}, row {place.row + 1}: {LEGEND[place.judgement]}",
        f"{place.faces:,} faces of {place.face_px:.0f} px",
        f"{place.too_small_share:.0%} too small",
    ]
    if place.yaw is not None:
        parts.append(f"turned away by {place.yaw:.0f}°")
    if place.sharpness is not None:
        parts.append(f"sharpness {place.sharpness:.3f}")
    return ", ".join(parts)


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _seconds(value: float | None, *, sign: bool = False) -> str:
    return "" if value is None else f"{value:+.1f} s" if sign else f"{value:.1f} s"
