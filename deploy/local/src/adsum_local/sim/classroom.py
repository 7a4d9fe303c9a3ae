"""Renders the lesson, frame by frame, and says which faces a frame shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from adsum_local.sim.actors import Actor, BodyStore, DrawnActor
from adsum_local.sim.attack import plan_attack
from adsum_local.sim.auditions import auditions
from adsum_local.sim.casting import cast
from adsum_local.sim.furniture import DeskRow, light_gain, paint_desks, paint_room
from adsum_local.sim.holding import PICTURE, HeldPicture
from adsum_local.sim.motion import Moment, Pose
from adsum_local.sim.pictures import POSTER, hang_up, picture_of
from adsum_local.sim.plan import SimPlan
from adsum_local.sim.room import DOOR_LEFT, DOOR_RIGHT, WALL_Z, Lens, Spot
from adsum_local.sim.script import Script, Visit
from adsum_local.sim.sprites import Canvas, FaceArea, Patch, Pixels, Placing, Sprite, patch_of

VISIBLE_SHARE: Final = 0.6
"""A face of which less is seen, hidden by others or the picture's edge, counts as hidden."""

_PATCHES: Final = 400
"""How many patches are kept: about 60 MB at 1280x720."""

_POSTER_AT: Final = Spot(-0.9, WALL_Z)
_POSTER_HEIGHT_M: Final = 1.52

_NOISE: Final = 2.2
_FLICKER: Final = 0.05
_SHUTTER: Final = 0.35
"""Share of the time between two frames for which the shutter is open."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One face in one frame: its box in pixels and how much of it is seen, 0 to 1."""

    person: int
    face: FaceArea
    share: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A rendered frame (height, width, 3) and the faces of everyone who is in the room, hidden or not.

    `held` is the face in the picture that somebody holds up; its `person` is whose face that is.
    """

    pixels: Pixels
    faces: tuple[Seen, ...]
    held: Seen | None = None


@dataclass(frozen=True, slots=True)
class _Stance:
    visit: Visit
    moment: Moment
    pose: Pose
    speed_x: float


class Classroom:
    """The room with its people; frames may be asked for in any order, the same index gives the same frame."""

    def __init__(self, plan: SimPlan, script: Script, actors: Mapping[int, Actor]) -> None:
        rng = np.random.default_rng((plan.seed, 2))
        self._plan, self._script, self._actors = plan, script, actors
        self._lens = Lens(*plan.size)
        self._room = paint_room(self._lens, rng)
        self.poster = self._hang_poster() if plan.poster else None
        self._desks = paint_desks(self._lens, rng)
        self._bodies = BodyStore()
        self._patches: dict[tuple[int, Placing], tuple[Sprite, Patch]] = {}
        self._attack = plan_attack(plan, script)
        self._held = (
            HeldPicture(self._attack, actors[self._attack.victim], self._lens) if self._attack else None
        )
        width, height = plan.size
        noise = rng.normal(128.0, _NOISE, (height + 64, width + 64, 3))
        self._noise: Pixels = np.clip(np.rint(noise), 0, 255).astype(np.uint8)

    def frame(self, index: int) -> Frame:
        """Render one frame: the room, people and desks from back to front, then what the sensor adds."""
        time_s = index / self._plan.fps
        canvas = Canvas(self._room)
        stances = sorted(self._stances(time_s), key=lambda stance: -stance.moment.z)
        desks = deque(self._desks)
        faces = []
        picture = None
        for stance in stances:
            while desks and desks[0].z > stance.moment.z:
                _put_desks(canvas, desks.popleft())
            faces.append((stance.visit.person, self._paste_person(canvas, stance)))
            picture = picture or self._paste_held(canvas, stance)
        for row in desks:
            _put_desks(canvas, row)
        seen = tuple(Seen(who, face, _seen_share(canvas, who + 1, face)) for who, face in faces if face)
        return Frame(self._sensed(canvas.pixels, index), seen, self._seen_picture(canvas, picture))

    def _hang_poster(self) -> FaceArea | None:
        """Hang somebody, who is in no lesson, on the notice board."""
        person = cast(np.random.default_rng((self._plan.seed, 7)), 1, auditions())[0]
        x, y = self._lens.project(_POSTER_AT.x, _POSTER_HEIGHT_M, _POSTER_AT.z)
        gain = light_gain(x / self._plan.size[0])
        placing = Placing(round(x), round(y), self._lens.metre_px(_POSTER_AT.z), gain=gain)
        return hang_up(self._room, picture_of(DrawnActor(person), POSTER), placing)

    def _paste_held(self, canvas: Canvas, stance: _Stance) -> FaceArea | None:
        if self._attack is None or self._held is None or stance.visit.person != self._attack.impostor:
            return None
        height_m = self._actors[stance.visit.person].clothes.height_m
        return self._held.paste(canvas, stance.moment, _face_height_m(height_m, stance.moment))

    def _seen_picture(self, canvas: Canvas, face: FaceArea | None) -> Seen | None:
        if self._attack is None or face is None:
            return None
        return Seen(self._attack.victim, face, _seen_share(canvas, PICTURE, face))

    def _stances(self, time_s: float) -> list[_Stance]:
        step = 1.0 / self._plan.fps
        stances = []
        for visit in self._script.visits:
            now, before = visit.route.at(time_s), visit.route.at(time_s - step)
            if now:
                moved = (now.x - before.x) / step if before else 0.0
                stances.append(_Stance(visit, now, visit.gaze.at(time_s), moved))
        return stances

    def _paste_person(self, canvas: Canvas, stance: _Stance) -> FaceArea | None:
        actor, moment = self._actors[stance.visit.person], stance.moment
        metre_px = self._lens.metre_px(moment.z)
        head_at = self._placing(stance, metre_px, _face_height_m(actor.clothes.height_m, moment))
        body = self._bodies.body(actor.clothes, metre_px, sitting=moment.sits > 0.9)
        body_at = replace(head_at, roll=0.0)
        canvas.paste(self._patch(body, body_at), body_at)
        head = self._patch(actor.head(stance.pose, metre_px), head_at)
        return canvas.paste(head, head_at, owner=stance.visit.person + 1)

    def _patch(self, sprite: Sprite, placing: Placing) -> Patch:
        """Return the sprite as it is to be pasted, from the store while somebody sits still."""
        key = (id(sprite), replace(placing, x=0, y=0, left=0, right=0))
        if key not in self._patches:
            if len(self._patches) >= _PATCHES:
                self._patches.pop(next(iter(self._patches)))
            # The sprite is kept beside its patch: an id is one object's only while that object lives.
            self._patches[key] = (sprite, patch_of(sprite, placing))
        return self._patches[key][1]

    def _placing(self, stance: _Stance, metre_px: float, face_height_m: float) -> Placing:
        moment, columns = stance.moment, self._plan.size[0]
        sway = 0.006 * np.sin(moment.at_s * 1.7 + stance.visit.person)
        step = 0.015 * abs(np.sin(moment.at_s * 5.5)) * (moment.sits < 0.5)
        x, y = self._lens.project(moment.x + sway, face_height_m + step, moment.z)
        behind_wall = moment.z > WALL_Z
        left, right = (round(self._lens.project(edge, 0.0, WALL_Z)[0]) for edge in (DOOR_LEFT, DOOR_RIGHT))
        return Placing(
            x=round(x),
            y=round(y),
            metre_px=metre_px,
            roll=float(round(stance.pose.roll)),
            gain=light_gain(round(32 * x / columns) / 32),
            smear_px=round(abs(stance.speed_x) * metre_px * _SHUTTER / self._plan.fps),
            left=left if behind_wall else 0,
            right=right if behind_wall else columns,
        )

    def _sensed(self, pixels: Pixels, index: int) -> Pixels:
        """Let clouds pass before the sun, and add the sensor's noise."""
        rng = np.random.default_rng((self._plan.seed, 3, index))
        dy, dx = rng.integers(0, 64, 2)
        height, width = pixels.shape[:2]
        noise = self._noise[dy : dy + height, dx : dx + width]
        sun = 1.0 + _FLICKER * np.sin(2 * np.pi * index / self._plan.fps / 19.0 + self._plan.seed)
        return np.asarray(cv2.addWeighted(pixels, float(sun), noise, 1.0, -128.0), np.uint8)


def _seen_share(canvas: Canvas, owner: int, face: FaceArea) -> float:
    """Return how much of the inner face shows its owner; outside the picture nothing does."""
    half_x, half_y = 0.35 * face.width, 0.4 * face.height
    rows, columns = canvas.owner.shape
    y0, y1 = round(face.y - half_y), round(face.y + half_y)
    x0, x1 = round(face.x - half_x), round(face.x + half_x)
    inside = canvas.owner[max(y0, 0) : min(y1, rows), max(x0, 0) : min(x1, columns)]
    return float(np.count_nonzero(inside == owner)) / max((y1 - y0) * (x1 - x0), 1)


def _put_desks(canvas: Canvas, row: DeskRow) -> None:
    if row.pixels.size:
        canvas.cover(row.pixels, row.mask, row.top)


def _face_height_m(height_m: float, moment: Moment) -> float:
    """Return how high the middle of the face is: 11 cm below the top, or as high as a chair leaves it."""
    standing, sitting = height_m - 0.11, 0.5 * height_m + 0.36
    return standing + moment.sits * (sitting - standing)
