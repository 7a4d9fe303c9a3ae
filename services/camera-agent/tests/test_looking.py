"""Searching regions of a picture as if they were the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsum_camera import grid, looking
from adsum_camera.pace import LookAt, LookEverywhere
from adsum_vision.types import Box, Face

SIZE = (1280, 720)


@dataclass
class Bright:
    """Finds the one bright rectangle of a picture."""

    def detect(self, image: NDArray[np.uint8]) -> tuple[Face, ...]:
        rows, columns = np.nonzero(image[..., 0] > 200)
        if not rows.size:
            return ()
        x, y = int(columns.min()), int(rows.min())
        box = Box(x, y, int(columns.max()) + 1 - x, int(rows.max()) + 1 - y)
        return (Face(box, (box.center,) * 5, 0.99),)  # type: ignore[arg-type]


def picture(*boxes: Box) -> NDArray[np.uint8]:
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for box in boxes:
        image[int(box.y) : int(box.bottom), int(box.x) : int(box.right)] = 255
    return image


def look_at(*regions: Box) -> LookAt:
    return LookAt(regions, grid.touched(regions, SIZE), SIZE)


def test_a_face_of_a_region_stands_where_it_stands_in_the_picture() -> None:
    face = Box(700, 300, 60, 80)
    (found,) = looking.faces(picture(face), Bright(), look_at(Box(640, 240, 200, 200)))
    assert (found.box, found.landmarks[0]) == (face, face.center)


def test_a_face_that_the_regions_edge_cuts_is_not_believed_unless_the_picture_cuts_it_too() -> None:
    assert looking.faces(picture(Box(700, 300, 60, 80)), Bright(), look_at(Box(720, 240, 200, 200))) == ()
    at_the_edge = Box(0, 300, 60, 80)
    (found,) = looking.faces(picture(at_the_edge), Bright(), look_at(Box(0, 240, 200, 200)))
    assert found.box == at_the_edge


def test_the_faces_of_all_regions_come_largest_first() -> None:
    small, large = Box(100, 100, 40, 40), Box(900, 400, 90, 90)
    regions = look_at(Box(60, 60, 160, 160), Box(840, 360, 240, 240))
    assert [face.box for face in looking.faces(picture(small, large), Bright(), regions)] == [large, small]


def test_looking_everywhere_finds_what_the_detector_finds() -> None:
    image = picture(Box(700, 300, 60, 80))
    assert looking.faces(image, Bright(), LookEverywhere(~grid.nowhere())) == Bright().detect(image)
