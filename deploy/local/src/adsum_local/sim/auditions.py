"""Turns away drawn people whom the detector does not take for people.

Real faces are found by MTCNN nearly always; about one drawing in forty is too odd for it. Such a person
would measure the draughtsman and not Adsum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from adsum_local.sim.actors import WINDOW_LIGHT
from adsum_local.sim.heads import FULL_METRE_PX, View, draw_head
from adsum_local.sim.people import Person
from adsum_local.sim.plan import SimulationError
from adsum_local.sim.sprites import Canvas, Pixels, Placing, patch_of
from adsum_vision.mtcnn import DetectorNotExported, MtcnnDetector

MIN_SCORE: Final = 0.97
_SIDE_M: Final = 0.46
_PORTRAIT_METRE_PX: Final = FULL_METRE_PX
_NEAR_METRE_PX: Final = 450.0
_FAR_METRE_PX: Final = 230.0
_LOOKS: Final = (
    (View(yaw=-8), _PORTRAIT_METRE_PX),
    (View(yaw=9), _PORTRAIT_METRE_PX),
    (View(yaw=10, pitch=5, light=WINDOW_LIGHT), _NEAR_METRE_PX),
    (View(yaw=-10, light=WINDOW_LIGHT), _NEAR_METRE_PX),
    (View(light=WINDOW_LIGHT), _FAR_METRE_PX),
)


def new_detector(min_face_px: float) -> MtcnnDetector:
    """Load the detector; raise `SimulationError` where it has not been exported."""
    try:
        return MtcnnDetector(min_face_px=min_face_px, threads=1)
    except DetectorNotExported as error:
        raise SimulationError(str(error)) from error


def auditions() -> Callable[[Person], bool]:
    """Return a judge: is this person surely found from several sides, near and far?"""
    detector = new_detector(min_face_px=36)

    def judge(person: Person) -> bool:
        return all(
            any(face.score >= MIN_SCORE for face in detector.detect(_snapshot(person, view, metre_px)))
            for view, metre_px in _LOOKS
        )

    return judge


def _snapshot(person: Person, view: View, metre_px: float) -> Pixels:
    side_px = round(_SIDE_M * metre_px)
    canvas = Canvas(np.full((side_px, side_px, 3), 170, np.uint8))
    placing = Placing(side_px // 2, side_px // 2, metre_px)
    canvas.paste(patch_of(draw_head(person, view, metre_px), placing), placing)
    return canvas.pixels
