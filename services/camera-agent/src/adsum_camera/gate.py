"""Where the picture changed since it was last searched for faces.

Not "what moves now" but "what looks different from when we last looked there": a place that did not
change needs no second search, and whatever did change, be it ever so slowly, gets one. The comparison
costs about a hundredth of a search, so every frame can have it.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from adsum_camera.grid import COLUMNS, ROWS, Cells, Change, nowhere
from adsum_vision.types import BgrImage

CELL_PX: Final = 8
"""Side of a grid's cell in the small picture, which is 256 x 144 whatever the camera's resolution."""

THRESHOLD: Final = 12.0
"""Grey levels (of 255) by which a pixel of the small picture must differ. Frigate takes 30 of a picture
stretched to full contrast; ours is not, and its pixels are means of enough others to be quiet: the drawn
lesson's noise of 2.2 levels leaves no false cell, a head that enters a cell always more than one pixel."""

LEAST_PIXELS: Final = 2
"""How many of a cell's 64 pixels must differ."""

LIGHT_SHARE: Final = 0.8
"""When this share of the cells changes at once, the light did (Frigate's `lightning_threshold`)."""

BRIGHTEST, DARKEST = 1.5, 0.67
"""By how much the whole picture may grow lighter or darker and be compared all the same."""

_Grey = NDArray[np.float32]


class Gate:
    """Remembers each place of one camera's picture as it was when last searched."""

    def __init__(self) -> None:
        self._searched: _Grey | None = None
        self._now: _Grey | None = None

    def forget(self) -> None:
        """Let the next picture be as the first."""
        self._searched = None

    def observe(self, image: BgrImage) -> Change:
        """Return what changed; of the first picture, everything."""
        self._now = _small(image)
        if self._searched is None:
            self._searched = self._now.copy()
            return Change(~nowhere())
        cells = _different(self._now, self._searched)
        if cells.mean() < LIGHT_SHARE:
            return Change(cells)
        self._searched = self._now.copy()
        return Change(nowhere(), light=True)

    def searched(self, cells: Cells) -> None:
        """Take the picture last observed as what these cells looked like when they were searched."""
        if self._now is not None and self._searched is not None:
            pixels = np.repeat(np.repeat(cells, CELL_PX, axis=0), CELL_PX, axis=1)
            np.copyto(self._searched, self._now, where=pixels)


def _small(image: BgrImage) -> _Grey:
    """Return 256 x 144 grey means: four of the picture's pixels each, then a 3 x 3 mean of those."""
    width, height = COLUMNS * CELL_PX, ROWS * CELL_PX
    sampled = cv2.resize(image, (2 * width, 2 * height), interpolation=cv2.INTER_NEAREST)
    small = cv2.resize(sampled, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.blur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32), (3, 3)), np.float32
    )


def _different(now: _Grey, before: _Grey) -> Cells:
    """Return the cells that differ, once the whole picture's brightness has been set equal."""
    levels = float(np.median(before[::4, ::4])), float(np.median(now[::4, ::4]))
    gain = float(np.clip((levels[0] + 1.0) / (levels[1] + 1.0), DARKEST, BRIGHTEST))
    differs = np.abs(now * np.float32(gain) - before) > THRESHOLD
    counts = differs.reshape(ROWS, CELL_PX, COLUMNS, CELL_PX).sum(axis=(1, 3))
    return np.asarray(counts >= LEAST_PIXELS, np.bool_)
