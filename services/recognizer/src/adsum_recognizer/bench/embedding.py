"""Faces embedded and compared, our way and the original's, in turn.

The original's loop takes one face at a time through facenet-pytorch's network in eager torch, and compares
it with scikit-learn's `cosine_similarity` with every stored vector, which are lists of numbers, as a JSON
file gives them: one call a face, since a call a vector, as many write it, would be slower still. Ours
embeds them in batches by the embedder that a worker runs, and compares them as the evaluation does.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
import torch

from adsum_recognizer.adapters.facenet import (
    FacenetEmbedder,
    Runtime,
    cpu_precision,
    network_pixels,
    openvino_runtime,
    standardised,
)
from adsum_recognizer.adapters.inception import facenet_network, untrained_weights
from adsum_recognizer.bench.original import compare_one
from adsum_recognizer.bench.people import People
from adsum_recognizer.bench.tell import Tell
from adsum_recognizer.gallery import compared
from adsum_recognizer.models import FACENET_WEIGHTS, verified
from adsum_recognizer.ports import Vectors
from adsum_vision.crops import Crop
from adsum_vision.types import Box

OURS: Final = "adsum"
EXACT: Final = "adsum, in f32"
THEIRS: Final = "the original's loop"
STEPS: Final = ("embedding", "comparing")

Weights = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Work:
    """`faces` to embed, and `templates` of each of `students` to compare them with."""

    faces: int = 64
    students: int = 40
    templates: int = 5

    @property
    def vectors(self) -> int:
        """How many vectors are stored."""
        return self.students * self.templates


@dataclass(frozen=True, slots=True)
class Side:
    """One way: median faces a second over the rounds, and milliseconds of a face, by step and of CPU time."""

    name: str
    faces_per_second: float
    steps_ms: Mapping[str, float]
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The ways, ours first and the original's last; `ratio` is our speed over the original's, `cpu_ratio`
    the same by CPU time.

    A busy machine takes time from both, but not alike from one thread and from two that wait for each
    other; CPU time shows by how much. `furthest` is the largest difference between a number of an
    embedding of ours and of theirs, in shares of the largest number. `bf16` is whether the CPU has it: then
    ours is in it, and a way in single precision lies between, since a worker keeps to that with weights
    whose vectors bfloat16 would change (docs/decisions/0040).
    """

    ratio: float
    cpu_ratio: float
    precision: str
    bf16: bool
    furthest: float
    sides: tuple[Side, ...]


class Way(Protocol):
    """A way from crops to names."""

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Return the crops' vectors, (n, 512)."""

    def compare(self, vectors: Vectors) -> None:
        """Find whom each is most like."""


class Ours:
    """A worker's embedder, and the evaluation's comparison."""

    def __init__(self, runtime: Runtime, gallery: Sequence[Vectors]) -> None:
        self._embedder = FacenetEmbedder(runtime)
        self._gallery = gallery

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        return self._embedder.embed(crops)

    def compare(self, vectors: Vectors) -> None:
        compared(vectors, self._gallery).argmax(axis=1)


class Theirs:
    """One face at a time."""

    def __init__(self, weights: Weights, gallery: Sequence[Vectors]) -> None:
        self._network = facenet_network(weights)
        self._stored = [vector.tolist() for of_student in gallery for vector in of_student]

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        with torch.no_grad():
            faces = (torch.from_numpy(standardised(network_pixels(crop)[None])) for crop in crops)
            one_by_one = [self._network(face) for face in faces]
        return np.concatenate([vector.numpy() for vector in one_by_one])

    def compare(self, vectors: Vectors) -> None:
        for vector in vectors:
            compare_one(vector, self._stored)


def measure(weights: Weights, work: Work, rounds: int, threads: int, tell: Tell) -> Measured:
    """Let each way embed and compare the same faces in turn, `rounds` times after once to warm up."""
    crops = soft_crops(work.faces)
    gallery = list(People(seed=1).templates(range(work.students), work.templates))
    tell("compiling, and a round to warm up")
    ways = _ways(weights, gallery, threads)
    warm = {name: way.embed(crops) for name, way in ways.items()}
    taken: dict[str, list[_Round]] = {name: [] for name in ways}
    for number in range(1, rounds + 1):
        tell(f"round {number} of {rounds}")
        for name, way in ways.items():
            taken[name].append(_round(way, crops))
    sides = tuple(_side(name, by, work.faces) for name, by in taken.items())
    return Measured(
        ratio=sides[0].faces_per_second / sides[-1].faces_per_second,
        cpu_ratio=sides[-1].cpu_ms / sides[0].cpu_ms,
        precision=cpu_precision(),
        bf16=EXACT in ways,
        furthest=_furthest(warm[OURS], warm[THEIRS]),
        sides=sides,
    )


def _ways(weights: Weights, gallery: Sequence[Vectors], threads: int) -> dict[str, Way]:
    fastest = cpu_precision()
    precisions = {OURS: fastest} | ({EXACT: "f32"} if fastest == "bf16" else {})
    ours = {
        name: Ours(openvino_runtime(weights, precision, threads), gallery)
        for name, precision in precisions.items()
    }
    return {**ours, THEIRS: Theirs(weights, gallery)}


@dataclass(frozen=True, slots=True)
class _Round:
    embedding_s: float
    comparing_s: float
    cpu_s: float


def _round(way: Way, crops: Sequence[Crop]) -> _Round:
    cpu, started = time.process_time(), time.perf_counter()
    vectors = way.embed(crops)
    embedded = time.perf_counter()
    way.compare(vectors)
    return _Round(embedded - started, time.perf_counter() - embedded, time.process_time() - cpu)


def _side(name: str, rounds: Sequence[_Round], faces: int) -> Side:
    def ms(seconds: Callable[[_Round], float]) -> float:
        return statistics.median(map(seconds, rounds)) / faces * 1000

    whole = ms(lambda each: each.embedding_s + each.comparing_s)
    steps = ms(lambda each: each.embedding_s), ms(lambda each: each.comparing_s)
    return Side(name, 1000 / whole, dict(zip(STEPS, steps, strict=True)), ms(lambda each: each.cpu_s))


def _furthest(ours: Vectors, theirs: Vectors) -> float:
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def soft_crops(count: int) -> list[Crop]:
    """Return crops (200 x 200) of soft coloured noise: a network takes as long on these as on faces."""
    random = np.random.default_rng(1)
    enlarged = partial(cv2.resize, dsize=(200, 200), interpolation=cv2.INTER_CUBIC)
    drawn = (enlarged(random.integers(0, 256, (12, 12, 3), dtype=np.uint8)) for _ in range(count))
    middle, landmarks = Box(30.0, 30.0, 140.0, 140.0), ((100.0, 100.0),) * 5
    return [Crop(np.asarray(image, np.uint8), middle, landmarks) for image in drawn]


def weights_of(folder: Path | None) -> Weights:
    """Return FaceNet's weights from the folder of models, else random ones; raise `ModelNotReady`."""
    if folder is None:
        return seeded_weights()
    loaded: Weights = torch.load(verified(FACENET_WEIGHTS, folder), weights_only=True)
    return loaded


def seeded_weights() -> Weights:
    """Return the same random weights each time; a network of them knows nobody."""
    torch.manual_seed(1)
    return untrained_weights()
