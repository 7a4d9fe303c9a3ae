"""How often a held photo, a held phone and people themselves raise doubt, by the size of the face.

Drawn lessons in which somebody holds an absent student's face up, looked at five times a second by the
camera's own detector, tracker and cues; and, where they are (`../shared/data/video`), two clips of real
people, played to and fro until they last long enough to be judged. What the figures are worth is in
docs/decisions/0023-liveness-advises.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Literal
from uuid import uuid4

import cv2
import numpy as np
from rich.table import Table

from adsum_camera import looking
from adsum_camera.liveness import Liveness
from adsum_camera.tracking import Track, Tracker
from adsum_contracts.ids import TrackId
from adsum_local.sim import SimPlan, Truth
from adsum_local.sim.plan import AttackKind
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.types import BgrImage, Box
from benchmarks.films import Film, draw_films
from benchmarks.measure import Asked, Report

Kind = Literal["held photo", "held phone", "poster", "drawn person", "real person"]

CLIPS = Path(__file__).parents[1].parent / "shared" / "data" / "video"
BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
LOOKS_A_SECOND = 5
CLIP_S = 20.0
MIN_FACE_PX = 24
DOUBTED = 0.5
SIZES = (0, 50, 80, 120)
"""Faces are counted by size, from so many pixels on."""


@dataclass(slots=True)
class Judged:
    """One track: what it is, how large, at how many looks it was judged, and what was said of it."""

    kind: Kind
    face_px: float
    looks: int = 0
    doubted: int = 0
    cues: Counter[str] = field(default_factory=Counter)


def run(asked: Asked) -> Report:
    """Film attacks on both sizes of picture, watch them, and count the doubts."""
    asked.tell("drawing lessons with held photos and phones")
    films = draw_films(_plans(asked), asked.films or Path("films"))
    asked.tell("watching them")
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        judged = [track for tracks in workers.map(_of_film, films) for track in tracks]
        clips = sorted(CLIPS.glob("*.gif"))
        judged += [track for tracks in workers.map(_of_clip, clips) for track in tracks]
    rows = _rows(judged)
    table = _table(rows, real=bool(clips))
    return Report((table,), {"doubted_from": DOUBTED, "rows": [asdict(row) for row in rows]})


def _plans(asked: Asked) -> list[SimPlan]:
    seeds = {"quick": (11,), "usual": (11, 12), "long": tuple(range(11, 21))}
    length = "quick" if asked.quick else "long" if asked.long else "usual"
    kinds: tuple[AttackKind, ...] = ("photo", "phone")
    sizes = ((1920, 1080),) if asked.quick else ((1920, 1080), (1280, 720))
    return [
        SimPlan(
            students=9,
            strangers=1,
            seed=seed,
            size=size,
            fps=LOOKS_A_SECOND,
            seconds=45.0,
            poster=True,
            attack=kind,
        )
        for seed in seeds[length]
        for size in sizes
        for kind in kinds
    ]


def _of_film(film: Film) -> list[Judged]:
    watching = _Watching()
    for index, image in enumerate(_frames(film.video)):
        for track in watching.look(image, index / LOOKS_A_SECOND):
            kind = _kind_at(film.truth, index, track.box)
            if kind is not None:
                watching.note(track, kind)
    return watching.judged()


def _of_clip(clip: Path) -> list[Judged]:
    """Play the clip to and fro: a real face changes backwards as it does forwards."""
    capture = cv2.VideoCapture(str(clip))
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    capture.release()
    frames = list(_frames(clip))
    to_and_fro = [*frames, *frames[-2:0:-1]]
    watching, step = _Watching(), max(1, round(fps / LOOKS_A_SECOND))
    for index in range(0, round(CLIP_S * fps), step):
        for track in watching.look(to_and_fro[index % len(to_and_fro)], index / fps):
            watching.note(track, "real person")
    return watching.judged()


def _frames(video: Path) -> Iterator[BgrImage]:
    cv2.setNumThreads(1)
    capture = cv2.VideoCapture(str(video))
    try:
        while True:
            more, image = capture.read()
            if not more:
                return
            yield np.asarray(image, np.uint8)
    finally:
        capture.release()


class _Watching:
    """One camera's detector, tracker and cues, and what they made of every track."""

    def __init__(self) -> None:
        self._detector = MtcnnDetector(min_face_px=MIN_FACE_PX, threads=1)
        self._tracker = Tracker(lambda: TrackId(uuid4()))
        self._liveness = Liveness()
        self._judged: dict[tuple[TrackId, Kind], Judged] = {}

    def look(self, image: BgrImage, second: float) -> tuple[Track, ...]:
        """Return the tracks whose face was seen in this picture."""
        at = BEGAN + timedelta(seconds=second)
        faces = self._detector.detect(image)
        tracks = self._tracker.update(looking.described(image, faces), at)
        self._liveness.observe(image, tracks, at)
        return tuple(track for track in tracks if track.face is not None)

    def note(self, track: Track, kind: Kind) -> None:
        """Note what is said of this track now, which is of this kind."""
        doubt = self._liveness.doubt(track.id)
        if doubt is None:
            return
        judged = self._judged.setdefault((track.id, kind), Judged(kind, track.box.area**0.5))
        judged.looks += 1
        judged.doubted += doubt.doubt >= DOUBTED
        judged.cues.update(doubt.cues)

    def judged(self) -> list[Judged]:
        """Return the tracks of which anything was said."""
        return list(self._judged.values())


def _kind_at(truth: Truth, frame: int, box: Box) -> Kind | None:
    """Say what a face is, by its place; `None` for one whose face is half hidden just now."""
    if truth.attack is not None and frame in truth.attack.boxes and _in(truth.attack.boxes[frame], box):
        return "held photo" if truth.attack.kind == "photo" else "held phone"
    if any(frame in person.boxes and _in(person.boxes[frame], box) for person in truth.people):
        return "drawn person"
    return "poster" if truth.poster is not None and _in(truth.poster, box) else None


def _in(true: tuple[int, int, int, int], box: Box) -> bool:
    (x, y), (left, top, width, height) = box.center, true
    return left < x < left + width and top < y < top + height


@dataclass(frozen=True, slots=True)
class Row:
    """Tracks of one kind and size: how many were judged, in how many any look, and most looks, doubted, and
    the share of their looks at which there was doubt, and each cue."""

    kind: Kind
    from_px: int
    tracks: int
    doubted_ever: int
    doubted_mostly: int
    doubted_share: float
    never_changes: float
    bright_rectangle: float
    no_parallax: float


def _rows(judged: Sequence[Judged]) -> list[Row]:
    kinds: tuple[Kind, ...] = ("held photo", "held phone", "poster", "drawn person", "real person")
    groups = (
        (kind, px, [each for each in judged if each.kind == kind and _size(each) == px])
        for kind in kinds
        for px in SIZES
    )
    return [_row(kind, px, tracks) for kind, px, tracks in groups if tracks]


def _size(judged: Judged) -> int:
    return max(px for px in SIZES if px <= judged.face_px)


def _row(kind: Kind, px: int, tracks: Sequence[Judged]) -> Row:
    looks = sum(track.looks for track in tracks)

    def share(cue: str) -> float:
        return round(sum(track.cues[cue] for track in tracks) / looks, 3)

    return Row(
        kind=kind,
        from_px=px,
        tracks=len(tracks),
        doubted_ever=sum(track.doubted > 0 for track in tracks),
        doubted_mostly=sum(track.doubted > track.looks / 2 for track in tracks),
        doubted_share=round(sum(track.doubted for track in tracks) / looks, 3),
        never_changes=share("never_changes"),
        bright_rectangle=share("bright_rectangle"),
        no_parallax=share("no_parallax"),
    )


def _table(rows: Sequence[Row], *, real: bool) -> Table:
    table = Table(
        title=f"Liveness: doubt of {DOUBTED} or more",
        caption="tracks judged; in how many it was ever, and mostly, doubted; shares are of looks"
        + ("" if real else "; no clips of real people are here"),
    )
    for heading in (
        "face",
        "pixels",
        "tracks",
        "ever",
        "mostly",
        "looks",
        "unchanged",
        "rectangle",
        "no parallax",
    ):
        table.add_column(heading, justify="left" if heading == "face" else "right")
    for row in rows:
        shares = (row.doubted_share, row.never_changes, row.bright_rectangle, row.no_parallax)
        counts = (row.tracks, row.doubted_ever, row.doubted_mostly)
        table.add_row(row.kind, _range(row.from_px), *map(str, counts), *(f"{share:.0%}" for share in shares))
    return table


def _range(px: int) -> str:
    later = [size for size in SIZES if size > px]
    return f"{px} to {later[0]}" if later else f"{px} and more"
