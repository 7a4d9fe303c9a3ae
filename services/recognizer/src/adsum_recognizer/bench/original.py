"""How the original demo finds whom a face is most like: scikit-learn over lists of numbers from JSON."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from adsum_recognizer.errors import Misconfigured
from adsum_recognizer.ports import Vectors


def compare_one(probe: Vectors, stored: Sequence[Sequence[float]]) -> int:
    """Return the place of the stored vector most like the probe (512 numbers).

    Raises `Misconfigured` where scikit-learn, which nothing else needs, is not installed.
    """
    scores = _pairwise().cosine_similarity([probe.tolist()], stored)
    return int(scores.argmax())


def _pairwise() -> Any:  # noqa: ANN401 - a module
    try:
        return import_module("sklearn.metrics.pairwise")
    except ModuleNotFoundError:
        raise Misconfigured(
            "the original's way needs scikit-learn, which is not here: pip install adsum-recognizer[bench]"
        ) from None
