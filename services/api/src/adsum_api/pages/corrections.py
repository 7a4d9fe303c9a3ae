"""What the pages say of faces and of what people said of them, in the school's own time and words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.pages.views import clock
from adsum_store.models import Track
from adsum_store.repositories.corrections import Told
from adsum_store.repositories.elsewhere import Told as FaceElsewhere


@dataclass(frozen=True, slots=True)
class FaceView:
    """A face that a camera followed: when, and where."""

    track_id: UUID
    camera: str
    time: str


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """What somebody said of a face, and who took it back, if anybody did."""

    id: UUID
    face: str
    name: str
    rather: str
    said: str
    taken_back: str


@dataclass(frozen=True, slots=True)
class ElsewhereView:
    """A face of nobody on the roster, and who it is, where that may be told."""

    face: str
    who: str


def faces_of(tracks: Sequence[tuple[Track, str]], zone: ZoneInfo) -> list[FaceView]:
    """Return the faces to choose from."""
    return [FaceView(track.id, camera, _time(track, zone)) for track, camera in tracks]


def elsewhere_of(told: Sequence[FaceElsewhere], zone: ZoneInfo) -> list[ElsewhereView]:
    """Return the faces that are known elsewhere in the school."""
    return [
        ElsewhereView(
            face=f"{each.camera}, {_time(each.track, zone)}",
            who=f"{each.student.name} ({each.student.number})" if each.student is not None else "",
        )
        for each in told
    ]


def corrections_of(told: Sequence[Told], zone: ZoneInfo) -> list[CorrectionView]:
    """Return the corrections of a lesson, with those that were taken back."""
    return [_view(each, zone) for each in told]


def _view(told: Told, zone: ZoneInfo) -> CorrectionView:
    correction, track = told.correction, told.track
    at = correction.taken_back_at
    return CorrectionView(
        id=correction.id,
        face=f"{told.camera}, {_time(track, zone)}" if track is not None else "a face",
        name=told.name,
        rather=told.rather or "",
        said=f"{correction.actor}, {clock(correction.created_at, zone, seconds=False)}",
        taken_back=f"{correction.taken_back_by}, {clock(at, zone, seconds=False)}" if at is not None else "",
    )


def _time(track: Track, zone: ZoneInfo) -> str:
    first, last = (clock(at, zone, seconds=True) for at in (track.started_at, track.last_seen_at))
    return f"{first} – {last}"
