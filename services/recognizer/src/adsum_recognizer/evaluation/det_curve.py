"""The DET curve as JSON and as a picture: how many are missed for how few strangers named."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from adsum_recognizer.evaluation.open_set import DetPoint
from adsum_vision.types import BgrImage

WIDTH, HEIGHT = 900, 640
LEFT, RIGHT, TOP, BOTTOM = 110, 40, 70, 80
INK, PALE, BLUE, WHITE = (55, 41, 31), (219, 213, 209), (190, 100, 30), (255, 255, 255)

LOWEST: Final = 1e-3
"""Both axes are logarithmic and begin here: a rate of zero is drawn on the edge."""

MARKS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def write_curve(points: Sequence[DetPoint], stem: Path) -> tuple[Path, Path]:
    """Write `stem`.json (every point) and `stem`.png, and return both paths."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    figures, picture = stem.with_name(f"{stem.name}.json"), stem.with_name(f"{stem.name}.png")
    figures.write_text(json.dumps([asdict(point) for point in points], indent=1) + "\n", "utf-8")
    picture.write_bytes(cv2.imencode(".png", drawn(points))[1].tobytes())
    return figures, picture


def drawn(points: Sequence[DetPoint]) -> BgrImage:
    """Return the picture: FNIR (upwards) over FPIR (to the right)."""
    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    _grid(image)
    line = np.array([(_x(point.fpir), _y(point.fnir)) for point in points], np.int32)
    cv2.polylines(image, [line.reshape(-1, 1, 2)], False, BLUE, 3, cv2.LINE_AA)
    _write(image, "Enrolled people missed (FNIR) over strangers named (FPIR)", (LEFT, 42), scale=0.75)
    _write(image, "FPIR, share of strangers", (LEFT + 250, HEIGHT - 20))
    _write(image, "FNIR", (20, TOP - 14))
    return image


def _grid(image: BgrImage) -> None:
    for mark in MARKS:
        across, up = _x(mark), _y(mark)
        cv2.line(image, (across, TOP), (across, HEIGHT - BOTTOM), PALE, 1)
        cv2.line(image, (LEFT, up), (WIDTH - RIGHT, up), PALE, 1)
        _write(image, f"{mark:.1%}", (across - 22, HEIGHT - BOTTOM + 24), scale=0.45)
        _write(image, f"{mark:.1%}", (LEFT - 64, up + 5), scale=0.45)


def _write(image: BgrImage, text: str, at: tuple[int, int], scale: float = 0.55) -> None:
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)


def _share(rate: float) -> float:
    return 1 - math.log(max(rate, LOWEST)) / math.log(LOWEST)


def _x(rate: float) -> int:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * _share(rate))


def _y(rate: float) -> int:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * _share(rate))
