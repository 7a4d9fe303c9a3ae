"""Pictures of faces: a poster on the wall, a printed photo, the screen of a phone. Flat, unlike a head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from adsum_local.sim.actors import Actor
from adsum_local.sim.bodies import draw_body
from adsum_local.sim.motion import Pose
from adsum_local.sim.painting import Colour
from adsum_local.sim.plan import AttackKind
from adsum_local.sim.sprites import Canvas, FaceArea, Pixels, Placing, Sprite, at_resolution, patch_of

Gain = tuple[float, float, float]

_METRE_PX: Final = 700.0
"""Pixels of a picture for each metre of what it shows."""


@dataclass(frozen=True, slots=True)
class Print:
    """A flat thing that shows a face: metres, `border` included; `zoom` is the face's size beside life.

    `lift` is how far the face's middle is above the picture's. What `glows` is not lit by the room:
    it has that gain everywhere.
    """

    width: float
    height: float
    border: float
    zoom: float
    lift: float
    frame: Colour
    wall: Colour
    glows: float | None = None

    def gain(self, room: Gain) -> Gain:
        """Return how bright the picture is where the room has this light."""
        return room if self.glows is None else (self.glows * 1.04, self.glows, self.glows * 0.98)


POSTER: Final = Print(0.5, 0.64, 0.02, 1.25, 0.04, (225, 230, 232), (150, 120, 84))
PRINTS: Final[dict[AttackKind, Print]] = {
    # A sheet of A4 and a phone of 6.7 inches, enlarged by a fifth as drawn heads are.
    "photo": Print(0.25, 0.356, 0.012, 0.82, 0.03, (238, 240, 242), (196, 178, 160)),
    "phone": Print(0.094, 0.194, 0.005, 0.42, 0.02, (26, 24, 24), (214, 206, 196), glows=1.22),
}

_FACING: Final = Pose(yaw=-4.0, pitch=0.0, roll=0.0, smile=0.4, talk=0.0, shut=0.0, glance=0)


def picture_of(actor: Actor, print_: Print) -> Sprite:
    """Return the picture of this person, as tall and wide as the print; its pivot is its middle."""
    columns = round(print_.width / print_.zoom * _METRE_PX)
    rows = round(print_.height / print_.zoom * _METRE_PX)
    canvas = Canvas(np.full((rows, columns, 3), print_.wall, np.uint8))
    face = _portray(canvas, actor, rows // 2 - round(print_.lift / print_.zoom * _METRE_PX))
    border = round(print_.border / print_.zoom * _METRE_PX)
    cv2.rectangle(canvas.pixels, (0, 0), (columns - 1, rows - 1), print_.frame, 2 * border)
    opaque = np.ones((rows, columns), np.float32)
    middle = (columns / 2, rows / 2)
    return Sprite.of(canvas.pixels.astype(np.float32), opaque, middle, _METRE_PX / print_.zoom, face)


def _portray(canvas: Canvas, actor: Actor, y: int) -> FaceArea | None:
    at = Placing(canvas.pixels.shape[1] // 2, y, _METRE_PX)
    canvas.paste(patch_of(draw_body(actor.clothes, -0.2, sitting=True), at), at)
    return canvas.paste(patch_of(actor.head(_FACING, _METRE_PX), at), at)


def turned(picture: Sprite, degrees: float) -> Sprite:
    """Return a flat picture turned about its upright middle, as seen from far away: it only gets narrower."""
    narrower = float(np.cos(np.deg2rad(degrees)))
    height, width = picture.pixels.shape[:2]
    columns = max(2, round(width * narrower))
    pixels: Pixels = np.asarray(cv2.resize(picture.pixels, (columns, height)), np.uint8)
    face = picture.face and FaceArea(
        picture.face.x * narrower, picture.face.y, picture.face.width * narrower, picture.face.height
    )
    return Sprite(pixels, (picture.pivot[0] * narrower, picture.pivot[1]), picture.metre_px, face)


def hang_up(room: Pixels, picture: Sprite, placing: Placing) -> FaceArea | None:
    """Paint the picture into the room, which is changed; return where its face is."""
    canvas = Canvas(room)
    face = canvas.paste(patch_of(at_resolution(picture, placing.metre_px), placing), placing)
    room[:] = canvas.pixels
    return face
