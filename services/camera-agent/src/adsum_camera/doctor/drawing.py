"""The annotated picture: boxes coloured by what is said of the faces, on the grid of the room's coverage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from adsum_camera.doctor.measures import SeenFace
from adsum_camera.doctor.picture_rules import REASONS
from adsum_camera.zones import Zone
from adsum_contracts.events import COVERAGE_COLUMNS, COVERAGE_ROWS
from adsum_vision.types import BgrImage

GREEN, ORANGE, RED, GRID = (60, 170, 40), (0, 130, 240), (50, 50, 220), (128, 128, 128)
ZONE: Final = (200, 120, 0)
WHITE: Final = (255, 255, 255)
GRID_SHARE: Final = 0.5


def annotated(image: BgrImage, seen: Sequence[SeenFace], zones: Sequence[Zone] = ()) -> BgrImage:
    """Return a copy with each face's box and pixels: green is sent, red is too small, orange has a reason.

    The zones are outlined, with their names.
    """
    drawn = _with_grid(image)
    scale = max(0.4, image.shape[0] / 1800)
    for zone in zones:
        corners = np.rint(np.array(zone.corners) * image.shape[1::-1]).astype(np.int32)
        cv2.polylines(drawn, [corners], isClosed=True, color=ZONE, thickness=max(2, round(4 * scale)))
        _write(drawn, zone.name, (int(corners[:, 0].min()), int(corners[:, 1].min()) - 6), ZONE, scale)
    for each in seen:
        box, colour = each.face.box, _colour(each)
        ends = (int(box.x), int(box.y)), (int(box.right), int(box.bottom))
        cv2.rectangle(drawn, *ends, colour, max(2, round(4 * scale)))
        reason = "" if each.reason is None else f" {REASONS[each.reason]}"
        _write(drawn, f"{each.px:.0f} px{reason}", (int(box.x), int(box.y) - 6), colour, scale)
    return drawn


def _write(
    image: BgrImage, text: str, place: tuple[int, int], colour: tuple[int, int, int], scale: float
) -> None:
    """Write in colour on a white rim, inside the picture: it is read on any ground."""
    inside = max(place[0], 0), max(place[1], round(24 * scale))
    for ink, width in ((WHITE, 5), (colour, 2)):
        thickness = max(1, round(width * scale))
        cv2.putText(image, text, inside, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thickness, cv2.LINE_AA)


def _colour(seen: SeenFace) -> tuple[int, int, int]:
    if seen.reason is None:
        return GREEN
    return RED if seen.reason == "face_too_small" else ORANGE


def _with_grid(image: BgrImage) -> BgrImage:
    height, width = image.shape[:2]
    lines = image.copy()
    for column in range(1, COVERAGE_COLUMNS):
        x = round(column * width / COVERAGE_COLUMNS)
        cv2.line(lines, (x, 0), (x, height), GRID, 1)
    for row in range(1, COVERAGE_ROWS):
        y = round(row * height / COVERAGE_ROWS)
        cv2.line(lines, (0, y), (width, y), GRID, 1)
    return np.asarray(cv2.addWeighted(lines, GRID_SHARE, image, 1 - GRID_SHARE, 0), np.uint8)
