"""How alike a face and a student are, of whom there are several templates. Pure; `templates.nearest` is its
twin in SQL, and a test holds them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adsum_recognizer.ports import Vectors

NOBODY: Final = -1.0
"""The lowest score: that of a student without a template."""


def compared(probes: Vectors, gallery: Sequence[Vectors]) -> NDArray[np.float64]:
    """Return the score of each probe (row) for each student (column), given their templates.

    It is the mean of two cosines: to the best template, and to the mean of all.
    """
    scores = np.full((len(probes), len(gallery)), NOBODY)
    for column, templates in enumerate(gallery):
        if len(templates):
            mean = templates.mean(axis=0)
            to_mean = probes @ mean / np.linalg.norm(mean)
            scores[:, column] = ((probes @ templates.T).max(axis=1) + to_mean) / 2
    return scores
