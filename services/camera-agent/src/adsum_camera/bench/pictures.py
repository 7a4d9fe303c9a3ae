"""The pictures that detectors are measured on: a folder's, or drawn ones where none is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from adsum_camera.errors import CameraAgentError
from adsum_vision.types import BgrImage, Box

TRUTH = "truth.json"
ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}


class NoPictures(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """There is nothing to measure on."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture and the faces marked in it by hand; None where nobody marked any."""

    name: str
    image: BgrImage
    marked: tuple[Box, ...] | None


def pictures_in(folder: Path, width: int, height: int) -> tuple[Picture, ...]:
    """Read a folder's pictures, each fitted into `width` x `height` with black beside or above it.

    A file truth.json there may mark faces: {"name.jpg": {"boxes_xywh": [[x, y, width, height], …]}}, in
    pixels of the file. Raises `NoPictures`.
    """
    marks = _marks(folder)
    read = (
        (path, cv2.imread(str(path))) for path in sorted(folder.glob("*")) if path.suffix.lower() in ENDINGS
    )
    found = tuple(
        _fitted(path.name, np.asarray(image, np.uint8), marks.get(path.name), width, height)
        for path, image in read
        if image is not None
    )
    if not found:
        raise NoPictures(
            f"There are no pictures in {folder}: name a folder of JPEG or PNG files with --image."
        )
    return found


def _fitted(name: str, image: BgrImage, marked: tuple[Box, ...] | None, width: int, height: int) -> Picture:
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    frame = np.zeros((height, width, 3), np.uint8)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    frame[top : top + inner[1], left : left + inner[0]] = cv2.resize(image, inner, interpolation=how)
    moved = tuple(box.scaled(scale).shifted(left, top) for box in marked) if marked is not None else None
    return Picture(name, frame, moved)


def _marks(folder: Path) -> Mapping[str, tuple[Box, ...]]:
    path = folder / TRUTH
    if not path.is_file():
        return {}
    try:
        told: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        counted = {
            name: truth["boxes_xywh"] for name, truth in told.items() if truth.get("faces") is not None
        }
        return {name: tuple(Box(*map(float, box)) for box in boxes) for name, boxes in counted.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoPictures(f"{path} does not mark faces as the help says: {error!r}.") from None
