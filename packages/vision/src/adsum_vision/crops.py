"""Pictures as bytes, faces cut out of pictures, and the cut that FaceNet was measured with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from adsum_vision._headers import BadHeader, picture_size
from adsum_vision.types import BgrImage, Box, Face, Landmarks, moved

MAX_PHOTO_BYTES: Final = 16 * 1024 * 1024
MAX_PHOTO_PIXELS: Final = 50_000_000
"""A telephone's largest photo; 150 MB once decoded."""

FACENET_PX: Final = 160
FACENET_MARGIN: Final = 14
"""Margin of facenet-pytorch's own evaluation (examples/lfw_evaluate.ipynb); its class's default is 0.

It is near the training crops (182 pixels with a margin of 32, cropped to 160: a margin of about 10).
"""


class UnreadableImage(ValueError):  # noqa: N818 - named for what it is
    """The bytes are no whole JPEG, PNG or WebP picture."""


class ImageTooLarge(ValueError):  # noqa: N818 - named for what it is
    """The file has too many bytes, or would have too many pixels once decoded."""


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """One face with room around it; `box` and `landmarks` are in pixels of `image`."""

    image: BgrImage = field(repr=False)
    box: Box
    landmarks: Landmarks


def cut_crop(image: BgrImage, face: Face, *, margin: float = 0.5, max_px: int = 320) -> Crop:
    """Cut the face out with `margin` times its box's longer side kept on each side of the square.

    The square ends where the picture ends: nothing is invented, so a face at the edge gives an oblong
    crop. A crop longer than `max_px` is shrunk by area means, and never enlarged. With the default
    margin the crop holds what FaceNet (box and a twentieth) and dlib (landmarks' frame and a quarter,
    turned upright) cut out of it. Raises `ValueError` where the box lies outside the picture.
    """
    height, width = image.shape[:2]
    (x, y), reach = face.box.center, max(face.box.width, face.box.height) * (0.5 + margin)
    left, top = max(math.floor(x - reach), 0), max(math.floor(y - reach), 0)
    right, bottom = min(math.ceil(x + reach), width), min(math.ceil(y + reach), height)
    if right <= left or bottom <= top:
        raise ValueError(f"the box {face.box} lies outside the picture of {width} x {height}")
    factor = min(1.0, max_px / max(right - left, bottom - top))
    return Crop(
        image=_shrunk(image[top:bottom, left:right], factor),
        box=face.box.shifted(-left, -top).scaled(factor),
        landmarks=moved(face.landmarks, -left, -top, factor),
    )


def _shrunk(image: BgrImage, factor: float) -> BgrImage:
    if factor >= 1:
        return image.copy()
    height, width = (max(1, round(side * factor)) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def facenet_input(
    image: BgrImage, box: Box, *, size: int = FACENET_PX, margin: int = FACENET_MARGIN
) -> BgrImage:
    """Cut out what FaceNet sees, exactly as facenet-pytorch's `extract_face` does from an array.

    `margin` counts pixels of the result, both sides together; the result is (size, size, 3), still BGR
    and 0 to 255. From a crop of `cut_crop` that was not shrunk it is the same as from the full picture.
    Raises `ValueError` where the box lies outside the picture.
    """
    share = margin / (size - margin) / 2
    height, width = image.shape[:2]
    left, top = int(max(box.x - box.width * share, 0)), int(max(box.y - box.height * share, 0))
    right = int(min(box.right + box.width * share, width))
    bottom = int(min(box.bottom + box.height * share, height))
    if right <= left or bottom <= top:
        raise ValueError(f"the box {box} lies outside the picture of {width} x {height}")
    return np.asarray(
        cv2.resize(image[top:bottom, left:right], (size, size), interpolation=cv2.INTER_AREA), np.uint8
    )


def encode_jpeg(image: BgrImage, quality: int = 95) -> bytes:
    """Return the picture as JPEG; `quality` is libjpeg's, 1 to 100."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()


def decode_image(
    data: bytes, *, max_bytes: int = MAX_PHOTO_BYTES, max_pixels: int = MAX_PHOTO_PIXELS
) -> BgrImage:
    """Return the picture in a JPEG, PNG or WebP file, upright (EXIF) and in colour (grey, CMYK, 16 bits).

    Transparency is dropped. The size in the header is judged before anything is decoded.
    Raises `ImageTooLarge`, or `UnreadableImage` for other files, broken ones, and beginnings of files.
    """
    if len(data) > max_bytes:
        raise ImageTooLarge(f"the file has {len(data)} bytes; at most {max_bytes} are read")
    try:
        width, height = picture_size(data)
    except BadHeader as error:
        raise UnreadableImage(str(error)) from error
    if width * height > max_pixels:
        raise ImageTooLarge(f"the picture has {width} x {height} pixels; at most {max_pixels} are read")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise UnreadableImage("the picture cannot be decoded") from error
    if image is None:
        raise UnreadableImage("the picture cannot be decoded")
    return np.asarray(image, np.uint8)
