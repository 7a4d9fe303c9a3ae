"""Vectors of people nobody is: clustered as embeddings of faces are, by a seed.

A person is a point drawn from a normal distribution whose variance falls as 1/k over the dimensions
k = 1 … 512, so that a few tens of them carry it (its participation ratio is 28), and a photo is the person
and a share `SPREAD` of another such draw, made a unit vector. With that, two templates of one person have
a cosine of 0.80 in the mean, and two of different people one of 0 ± 0.16, above 0.7 once in a million
(measured with 12,000 people). Uniform directions would be harder for an approximate index than any faces,
and the neighbours that are lost there mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adsum_recognizer.ports import DIMENSIONS, Vectors

SPREAD: Final = 0.5
"""How far a template lies from its person, in shares of how far people lie apart."""

PROBE_SPREAD: Final = 0.6
"""How far a probe does: a camera's crop is worse than a photo made for enrolling."""

_DEVIATIONS: Final = (1 / np.sqrt(np.arange(1, DIMENSIONS + 1))).astype(np.float32)


class People:
    """As many people as are asked for; person `n` of a seed is always the same one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def templates(self, people: Iterable[int], each: int) -> Iterator[Vectors]:
        """Yield, for every person, unit vectors of shape (each, 512)."""
        for person in people:
            yield self._photos(person, each, SPREAD, 0)

    def probes(self, people: Iterable[int]) -> Vectors:
        """Return one further photo of every person, (people, 512)."""
        return np.concatenate([self._photos(person, 1, PROBE_SPREAD, 1) for person in people])

    def _photos(self, person: int, count: int, spread: float, occasion: int) -> Vectors:
        own = np.random.default_rng([self._seed, person])
        centre = _drawn(own, 1)
        random = np.random.default_rng([self._seed, person, occasion]) if occasion else own
        return unit(centre + np.float32(spread) * _drawn(random, count))


def unit(vectors: NDArray[np.float32]) -> Vectors:
    """Return the vectors, (n, 512), of length one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


def _drawn(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    return random.standard_normal((count, DIMENSIONS), np.float32) * _DEVIATIONS
