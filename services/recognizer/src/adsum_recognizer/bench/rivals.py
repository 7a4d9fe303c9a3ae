"""What a user would search vectors with instead, each over the same stored ones.

scikit-learn has them as lists of numbers, as the original's JSON file gives them; numpy and faiss as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from adsum_recognizer.bench.original import compare_one
from adsum_recognizer.bench.timing import Times, timed
from adsum_recognizer.errors import Misconfigured
from adsum_recognizer.ports import Vectors

LARGEST_LIST: Final = 80_000_000
"""Numbers that are held as a list of floats: each takes 32 bytes, and a million vectors 16 GB."""

FEW: Final = 3
"""Probes for scikit-learn, which turns its list into an array for each of them."""

Search = Callable[[Vectors], object]


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """Why a rival was not measured."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rival:
    """A way of finding the nearest stored vectors: how it is made, how many probes it is given, how often."""

    made: Callable[[Vectors], Search | NotMeasured]
    probes_at_once: int
    rounds: int


def measure_rivals(stored: Vectors, probes: Vectors, batch: int) -> dict[str, Times | NotMeasured]:
    """Return each rival's times, of one probe; one rival at a time, so that one copy is in memory."""
    return {name: _measured(rival, stored, probes) for name, rival in _rivals(batch).items()}


def _rivals(batch: int) -> Mapping[str, Rival]:
    return {
        "scikit-learn over JSON": Rival(_scikit_learn, 1, FEW),
        "numpy": Rival(_numpy, batch, 20),
        "faiss, exact": Rival(_faiss, batch, 20),
    }


def _measured(rival: Rival, stored: Vectors, probes: Vectors) -> Times | NotMeasured:
    search = rival.made(stored)
    if isinstance(search, NotMeasured):
        return search
    found, at_once = search, probes[: rival.probes_at_once]
    found(at_once)  # warms it up
    return timed(lambda: found(at_once), rival.rounds).each_of(len(at_once))


def _scikit_learn(stored: Vectors) -> Search | NotMeasured:
    if stored.size > LARGEST_LIST:
        return NotMeasured(
            f"{len(stored):,} vectors as lists of numbers take {stored.size * 32 / 1e9:.0f} GB"
        )
    listed = stored.tolist()

    def search(probes: Vectors) -> list[int]:
        return [compare_one(probe, listed) for probe in probes]

    try:
        search(stored[:1])
    except Misconfigured as error:
        return NotMeasured(str(error))
    return search


def _numpy(stored: Vectors) -> Search:
    return lambda probes: (probes @ stored.T).argmax(axis=1)


def _faiss(stored: Vectors) -> Search | NotMeasured:
    try:
        faiss = import_module("faiss")
    except ModuleNotFoundError:
        return NotMeasured("faiss is not installed here: pip install faiss-cpu")
    index = faiss.IndexFlatIP(stored.shape[1])
    index.add(stored)
    return lambda probes: index.search(probes, 1)
