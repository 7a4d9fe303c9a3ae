"""How well a camera sees each place of its picture, and what would help. Pure.

Faces are counted by place, 16 columns by 9 rows. What is good, too small or turned away follows from what a
match needs: a camera sends faces of 36 pixels and more unless told otherwise, and those of 48 and more are
matched surely; below 0.008 of sharpness crops are refused (`adsum_vision.quality.MATCHING`), and where the
mean face is turned away by more than 45 degrees, many are beyond the 60 that a match takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal

from adsum_store.repositories.camera_reports import PlaceSums

COLUMNS: Final = 16
ROWS: Final = 9
GOOD_PX: Final = 48.0
LEAST_PX: Final = 36.0
MOST_TOO_SMALL: Final = 0.5
MOST_YAW: Final = 45.0
LEAST_SHARPNESS: Final = 0.008
ENOUGH_FACES: Final = 10
"""Fewer say nothing about a place: somebody walked by."""
WORTH_SAYING: Final = 0.1
"""The share of all faces from which on a reason for not sending them is worth a word."""

Judgement = Literal["good", "small", "too_small", "turned_away", "blurred", "too_few"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What `faces` faces looked like: the mean side in pixels, yaw in degrees, sharpness from 0 to 1, and
    the share that was too small to be matched."""

    faces: int
    face_px: float
    too_small: float
    yaw: float | None
    sharpness: float | None

    @property
    def judgement(self) -> Judgement:
        """The first thing that is wrong, in the order in which it should be mended."""
        if self.faces < ENOUGH_FACES:
            return "too_few"
        if self.face_px < LEAST_PX or self.too_small > MOST_TOO_SMALL:
            return "too_small"
        if self.yaw is not None and self.yaw > MOST_YAW:
            return "turned_away"
        if self.sharpness is not None and self.sharpness < LEAST_SHARPNESS:
            return "blurred"
        return "small" if self.face_px < GOOD_PX else "good"


@dataclass(frozen=True, slots=True)
class Place:
    """What was seen at one place of the picture; column 0 is its left edge, row 0 its top."""

    column: int
    row: int
    seen: Seen


def places_of(sums: Iterable[PlaceSums]) -> tuple[Place, ...]:
    """Return what was seen at each place at which there was a face."""
    return tuple(Place(each.column, each.row, seen) for each in sums if (seen := seen_in((each,))))


def seen_in(sums: Iterable[PlaceSums]) -> Seen | None:
    """Return what was seen at all these places together, or None where there was no face."""
    found = [each for each in sums if each.faces > 0]
    if not found:
        return None
    of = reduce(_added, found)
    return Seen(
        faces=int(of.faces),
        face_px=of.px / of.faces,
        too_small=min(of.too_small / of.faces, 1.0),
        yaw=of.yaw / of.yaw_faces if of.yaw_faces else None,
        sharpness=of.sharpness / of.sharpness_faces if of.sharpness_faces else None,
    )


def advice(sums: Sequence[PlaceSums], unsent: Mapping[str, int]) -> tuple[str, ...]:
    """Say in plain words what would help, what matters most first; `unsent` counts faces by reason."""
    everywhere = seen_in(sums)
    if everywhere is None:
        return ("No face was seen in this time.",)
    if everywhere.faces < ENOUGH_FACES:
        return ("Too few faces were seen in this time to say anything.",)
    told = (*_about_size(sums), *_about_yaw(sums), *_about_focus(everywhere))
    told = (*told, *_about_unsent(everywhere.faces, unsent))
    return told or ("Faces are large and sharp enough wherever they were seen.",)


_HEIGHTS: Final = ("at the top of the picture (the back rows)", "halfway up the picture", "in front")
_SIDES: Final = ("on the left of the picture", "in the middle of the picture", "on the right of the picture")
_UNSENT: Final = {
    "too_dark": "too dark: bring light to their side of the room, or turn the camera away from the window",
    "too_bright": "too bright: turn the camera away from the window or a lamp, or lower its exposure",
    "too_blurred": "blurred: clean the lens, set the focus, or bring more light",
    "cut_by_the_edge": "cut by the edge of the picture: turn the camera or zoom out",
    "turned_away": "turned away: put the camera nearer to what the class looks at",
}


def _about_size(sums: Iterable[PlaceSums]) -> Iterator[str]:
    for where, seen in _by_band(sums, lambda each: each.row * 3 // ROWS, _HEIGHTS):
        if seen.face_px < GOOD_PX:
            worth = "cannot be recognised" if seen.judgement == "too_small" else "are recognised less surely"
            yield (
                f"Faces {where} are {seen.face_px:.0f} px and {worth}: move the camera closer, zoom in or "
                f"raise its resolution ({GOOD_PX:.0f} px and more is good)."
            )


def _about_yaw(sums: Iterable[PlaceSums]) -> Iterator[str]:
    for where, seen in _by_band(sums, lambda each: each.column * 3 // COLUMNS, _SIDES):
        if seen.yaw is not None and seen.yaw > MOST_YAW:
            yield (
                f"Faces {where} are turned away by {seen.yaw:.0f}°: put the camera nearer to what the class "
                "looks at."
            )


def _about_focus(everywhere: Seen) -> Iterator[str]:
    if everywhere.sharpness is not None and everywhere.sharpness < LEAST_SHARPNESS:
        yield "The picture is blurred: clean the lens and set the focus."


def _about_unsent(faces: int, unsent: Mapping[str, int]) -> Iterator[str]:
    for reason, text in _UNSENT.items():
        share = min(unsent.get(reason, 0) / faces, 1.0)
        if share >= WORTH_SAYING:
            yield f"{share:.0%} of the faces are {text}."


def _by_band(
    sums: Iterable[PlaceSums], band: Callable[[PlaceSums], int], names: Sequence[str]
) -> Iterator[tuple[str, Seen]]:
    """Yield the bands of the picture in which enough faces were seen, by name."""
    kept = tuple(sums)
    for index, name in enumerate(names):
        seen = seen_in(each for each in kept if band(each) == index)
        if seen is not None and seen.faces >= ENOUGH_FACES:
            yield name, seen


def _added(one: PlaceSums, other: PlaceSums) -> PlaceSums:
    return PlaceSums(
        column=one.column,
        row=one.row,
        faces=one.faces + other.faces,
        too_small=one.too_small + other.too_small,
        px=one.px + other.px,
        yaw=one.yaw + other.yaw,
        yaw_faces=one.yaw_faces + other.yaw_faces,
        sharpness=one.sharpness + other.sharpness,
        sharpness_faces=one.sharpness_faces + other.sharpness_faces,
    )
