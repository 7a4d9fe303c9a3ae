"""Puts a held-up picture into a frame, before the body of whoever holds it."""

from __future__ import annotations

from typing import Final

from adsum_local.sim.actors import Actor
from adsum_local.sim.attack import REACH_M, Attack
from adsum_local.sim.furniture import light_gain
from adsum_local.sim.motion import Moment
from adsum_local.sim.pictures import PRINTS, picture_of, turned
from adsum_local.sim.room import CAMERA_HEIGHT_M, Lens
from adsum_local.sim.sprites import Canvas, FaceArea, Placing, at_resolution, patch_of

PICTURE: Final = 255
"""The owner of a held picture's pixels: no person of the room has this number."""


class HeldPicture:
    """One attack, ready to be shown; `victim` is the actor whose face is in the picture."""

    def __init__(self, attack: Attack, victim: Actor, lens: Lens) -> None:
        self._attack, self._lens = attack, lens
        self._print = PRINTS[attack.kind]
        self._picture = picture_of(victim, self._print)

    def paste(self, canvas: Canvas, moment: Moment, face_height_m: float) -> FaceArea | None:
        """Show the picture where the hand of the impostor, whose moment this is, holds it now, if it does."""
        hold = self._attack.at(moment.at_s)
        if hold is None:
            return None
        z = moment.z + hold.dz
        # Whoever wants to be seen holds it into the line from the camera to their own face, or beside it.
        before_face_m = CAMERA_HEIGHT_M - (CAMERA_HEIGHT_M - face_height_m) * (moment.z - REACH_M) / moment.z
        x, y = self._lens.project(moment.x * (1 - REACH_M / moment.z) + hold.dx, before_face_m + hold.dy, z)
        metre_px = self._lens.metre_px(z)
        gain = self._print.gain(light_gain(x / self._lens.width))
        placing = Placing(round(x), round(y), metre_px, roll=hold.roll, gain=gain)
        small = at_resolution(self._picture, metre_px)
        return canvas.paste(patch_of(turned(small, hold.turn), placing), placing, owner=PICTURE)
