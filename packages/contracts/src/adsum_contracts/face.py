"""A face as it crosses the wire: where it is in its crop, and how usable it looked to the camera."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from adsum_contracts.message import Message, Share

MAX_CROP_PX = 640
"""Longest side of a crop that anybody accepts: a face needs 160, and a bomb needs more."""

MAX_CROP_BYTES = 256 * 1024
"""Largest JPEG of a crop that anybody accepts."""

Pose = Literal["front", "left", "right", "up", "down"]
"""Where a face looks, as its owner would say it: `left` is the owner's left."""

LivenessCue = Literal["never_changes", "bright_rectangle", "no_parallax"]
"""Why a face may be a picture: it never changes, it is inside a bright rectangle that moves with it, or
it stays where it is against what is right behind it while both move."""

HIGH_DOUBT: Final = 0.5
"""From here on a `LivenessDoubt` is worth a person's look, once several crops agree: a bright rectangle, or
two of the other cues together."""

Point = tuple[float, float]
Landmarks = Annotated[tuple[Point, ...], Field(min_length=5, max_length=5)]
"""Left eye, right eye, nose tip, left and right mouth corner, as they stand in the picture; pixels."""


class Box(Message):
    """An axis-aligned box in pixels; `x`, `y` is its upper left corner and may lie outside the picture."""

    x: float
    y: float
    width: Annotated[float, Field(gt=0)]
    height: Annotated[float, Field(gt=0)]


class FaceCrop(Message):
    """One face in a crop with room around it, so that every embedder can align it as it likes.

    `box` and `landmarks` are in pixels of the crop, whose size is `width` x `height`.
    `quality` is `adsum_vision.quality`'s one number; `detector_score` the detector's probability.
    """

    width: Annotated[int, Field(gt=0, le=MAX_CROP_PX)]
    height: Annotated[int, Field(gt=0, le=MAX_CROP_PX)]
    box: Box
    landmarks: Landmarks
    detector_score: Share
    quality: Share


class LivenessDoubt(Message):
    """How much speaks against a person standing there, 0 nothing, 1 all cues: it advises, never decides."""

    doubt: Share
    cues: Annotated[tuple[LivenessCue, ...], Field(max_length=3)] = ()
