"""At the start, before any work is taken: does the model that was loaded do on this machine what it should?

The files are held against their SHA-256 when they are loaded (`models.verified`). What is left to go wrong is
the machine: a driver, a library or a precision that gives other numbers, or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import structlog

from adsum_recognizer.errors import Misconfigured
from adsum_recognizer.known_vectors import PICTURES, known_picture, known_vectors
from adsum_recognizer.ports import Embedder, Vectors

log = structlog.get_logger()

AGREEMENT: Final = 0.999
"""Centred cosine from which two backends are one model (the project's own bound)."""

SAME: Final = 1e-3
"""Distance from the mean of a set below which nothing tells its vectors apart."""


KNOWN_AGREEMENT: Final = 0.99
"""Centred cosine to the stored vectors. Measured with dlib's: every pixel of the chips a step up or down at
random leaves 0.995; another interpolation leaves 0.971, a box one pixel off 0.936, swapped colours 0.62."""

REMEDY: Final = "reinstall it, or run it on another device"


class SelfTestFailed(Misconfigured):
    """The loaded model does not answer as it should."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What a model has shown: the lowest centred cosine between a batch and faces alone, between two runs,
    and to the stored vectors; None where no machine with its weights has stored any."""

    device: str
    alone: float
    again: float
    known: float | None


def self_test(embedder: Embedder) -> Passed:
    """Embed pictures alone, together and again; raise `SelfTestFailed`, in one sentence, unless all is well.

    The vectors have to be finite, of length one, different for different faces, the same in a batch as alone
    and at the second time, and those that were stored: what is measured is relative to the mean of the set,
    since all vectors of a model look alike.
    """
    crops = [known_picture(variant) for variant in range(PICTURES)]
    together, again = embedder.embed(crops), embedder.embed(crops)
    alone = np.concatenate([embedder.embed([crop]) for crop in crops])
    known = known_vectors(embedder.spec.id)
    fault = fault_of(together, alone, again, known)
    if fault is not None:
        raise SelfTestFailed(f"{embedder.spec.name} failed its self-test: {fault}; {REMEDY}")
    passed = Passed(
        device=embedder.device,
        alone=agreement(together, alone),
        again=agreement(together, again),
        known=None if known is None else agreement(together, known),
    )
    compared_with = "itself: no vectors of it are stored" if known is None else "stored vectors"
    log.info("self_test_passed", model=embedder.spec.id, device=embedder.device, compared_with=compared_with)
    return passed


def fault_of(together: Vectors, alone: Vectors, again: Vectors, known: Vectors | None) -> str | None:
    """Return what is wrong with the vectors of different faces (rows): made of a batch, of each alone, of the
    batch again, and on the machine that stored them."""
    if not all(np.isfinite(vectors).all() for vectors in (together, alone, again)):
        return "its vectors are not numbers"
    if not np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3):
        return "its vectors have not length one"
    if np.linalg.norm(together - together.mean(axis=0), axis=1).min() < SAME:
        return "it gives different faces the same vector"
    expected = (
        (alone, AGREEMENT, "a face has another vector alone than among others"),
        (again, AGREEMENT, "a face has another vector at the second time"),
        (together if known is None else known, KNOWN_AGREEMENT, "its vectors are not those stored with it"),
    )
    found = ((agreement(together, other), least, fault) for other, least, fault in expected)
    return next(
        (f"{fault} ({cosine:.3f} < {least})" for cosine, least, fault in found if cosine < least), None
    )


def agreement(one: Vectors, other: Vectors) -> float:
    """Return the lowest cosine between the rows of both, each less the mean of `one`; -1 for a row at it."""
    mean = one.mean(axis=0)
    one, other = one - mean, other - mean
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    if lengths.min() < SAME**2:
        return -1.0
    return float(((one * other).sum(axis=1) / lengths).min())
