"""Every template against all others, each student's together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adsum_contracts.ids import StudentId

Vectors = NDArray[np.float32]
"""A student's templates: unit vectors of shape (templates, 512)."""

Scores = NDArray[np.float64]

CHUNK: Final = 1024


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of some templates (rows): `owners`, the places of their students in sorted order; `own`, the best score
    to another template of the same student; `others`, the best score to each student (columns), minus
    infinity in their own column."""

    owners: NDArray[np.int64]
    own: Scores
    others: Scores


def compared(enrolled: Mapping[StudentId, Vectors]) -> Iterator[Comparison]:
    """Compare every template with all others, a chunk at a time; each student has at least two.

    A student's score is the mean of their best template's and of their centroid's, as in gallery.py.
    """
    students = sorted(enrolled)
    vectors = np.concatenate([enrolled[student] for student in students])
    sizes = [len(enrolled[student]) for student in students]
    starts = np.cumsum([0, *sizes[:-1]])
    owner = np.repeat(np.arange(len(students)), sizes)
    sums = np.add.reduceat(vectors, starts, axis=0)
    means = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    for at in range(0, len(vectors), CHUNK):
        rows = np.arange(at, min(at + CHUNK, len(vectors)))
        here = np.arange(len(rows))
        scores = (vectors[rows] @ vectors.T).astype(np.float64)
        scores[here, rows] = -np.inf  # a template is no evidence for itself
        of_students = np.maximum.reduceat(scores, starts, axis=1)
        rest = sums[owner[rows]] - vectors[rows]
        to_means = (vectors[rows] @ means.T).astype(np.float64)
        to_means[here, owner[rows]] = (rest * vectors[rows]).sum(axis=1) / np.linalg.norm(rest, axis=1)
        of_students = (of_students + to_means) / 2
        own = of_students[here, owner[rows]]
        of_students[here, owner[rows]] = -np.inf
        yield Comparison(owner[rows], own, of_students)
