"""How alike a face and a student are, of whom there are several templates. Pure; `templates.nearest` is its
twin in SQL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adsum_recognizer.ports import Vectors

NOBODY = -1.0
"""The lowest cosine: the score of a student without a template."""


def compared(probes: Vectors, gallery: Sequence[Vectors]) -> NDArray[np.float64]:
    """Return the score of each probe (row) for each student (column), given their templates."""
    scores = np.full((len(probes), len(gallery)), NOBODY)
    for column, templates in enumerate(gallery):
        if len(templates):
            scores[:, column] = (probes @ templates.T).max(axis=1)
    return scores
