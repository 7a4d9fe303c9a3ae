"""From the bytes of a crop to a judged crop: the one place where a camera's picture is looked at."""

from __future__ import annotations

from typing import Final

import cv2

from adsum_contracts.face import MAX_CROP_BYTES, MAX_CROP_PX, FaceCrop
from adsum_contracts.routes import PictureFault
from adsum_vision.crops import Crop, ImageTooLarge, UnreadableImage, decode_image
from adsum_vision.judge import Accepted
from adsum_vision.quality import QualityPolicy, assess, refusal
from adsum_vision.types import Box, Face

MAX_CROP_PIXELS: Final = MAX_CROP_PX * MAX_CROP_PX


def look(jpeg: bytes, told: FaceCrop, policy: QualityPolicy) -> Accepted | PictureFault:
    """Return the crop if it is usable by `policy`, else why not.

    What the camera says of its own crop counts only for where the face is and how sure its detector was:
    the quality is measured here again.
    """
    try:
        image = decode_image(jpeg, max_bytes=MAX_CROP_BYTES, max_pixels=MAX_CROP_PIXELS)
    except ImageTooLarge:
        return "image_too_large"
    except UnreadableImage:
        return "unreadable_image"
    if image.shape[:2] != (told.height, told.width):
        return "unreadable_image"
    box = Box(told.box.x, told.box.y, told.box.width, told.box.height)
    left, right, nose, mouth_left, mouth_right = told.landmarks
    crop = Crop(image, box, (left, right, nose, mouth_left, mouth_right))
    try:
        quality = assess(crop, told.detector_score)
    except (ValueError, cv2.error):
        return "no_face"  # the box lies outside the crop
    reason = refusal(quality, policy)
    return reason or Accepted(crop, Face(box, crop.landmarks, told.detector_score), quality)
