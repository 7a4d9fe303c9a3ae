"""Faces a second through the runtime that a GPU worker has, and the share of the card's peak that they take.

From decoded crops in memory to embeddings in memory: bytes to the card, standardising, network, numbers back.
On a CPU it is a dry run: it shows that the parts fit, and its figures say nothing about a card.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from adsum_recognizer.adapters.facenet import standardised
from adsum_recognizer.adapters.inception import facenet_network
from adsum_recognizer.adapters.torch_runtime import Pixels, TorchRuntime
from adsum_recognizer.bench.tell import Tell
from adsum_vision.crops import FACENET_PX

Weights = Mapping[str, torch.Tensor]

GOAL: Final = 20_000.0
"""Faces a second that are wanted of a card of the H200's class, in half precision."""

PEAKS: Final = {"H200": 989.5, "H100 PCIe": 756.0, "H100": 989.5, "A100": 312.0, "L40S": 362.0, "L4": 121.0,
                "A10": 125.0, "T4": 65.0}  # fmt: skip
"""Dense half-precision TFLOP/s by NVIDIA's data sheets, by a part of the card's name; the first that fits."""

ONE_BY_ONE: Final = 32
"""Faces that the original's way takes on the same device."""


@dataclass(frozen=True, slots=True)
class Point:
    """A size of batch: `faces_per_second` of a stream of batches, and milliseconds of a batch by itself."""

    batch: int
    faces_per_second: float
    alone_ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What the device does. `flops` are those of one face (a multiplication and an addition are two);
    `share_of_peak` is None for a card whose peak is not known; `one_by_one` is eager torch in single
    precision, a face at a time, on the same device: faces a second."""

    device: str
    dry_run: bool
    points: tuple[Point, ...]
    flops: int
    peak_tflops: float | None
    one_by_one: float

    @property
    def best(self) -> Point:
        """The fastest size of batch."""
        return max(self.points, key=lambda point: point.faces_per_second)

    @property
    def share_of_peak(self) -> float | None:
        """How much of what the card can multiply it multiplies at its best."""
        if self.peak_tflops is None:
            return None
        return self.best.faces_per_second * self.flops / (self.peak_tflops * 1e12)

    @property
    def ratio(self) -> float:
        """How many times a face at a time."""
        return self.best.faces_per_second / self.one_by_one


def measure(weights: Weights, batches: Sequence[int], seconds: float, device: str, tell: Tell) -> Measured:
    """Stream batches of each size for `seconds`, after one of each size to warm up."""
    runtime = TorchRuntime(weights, device)
    points = []
    for size in batches:
        tell(f"batches of {size}")
        points.append(_point(runtime, size, seconds))
    tell("a face at a time")
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    return Measured(
        device=name,
        dry_run=device != "cuda",
        points=tuple(points),
        flops=flops_of_a_face(weights),
        peak_tflops=next((peak for part, peak in PEAKS.items() if part in name), None),
        one_by_one=_one_by_one(weights, device),
    )


def flops_of_a_face(weights: Weights) -> int:
    """Count what the network multiplies and adds for one face."""
    face = torch.zeros(1, 3, FACENET_PX, FACENET_PX)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        facenet_network(weights)(face)
    return int(counter.get_total_flops())


def _point(runtime: TorchRuntime, size: int, seconds: float) -> Point:
    batch = _pixels(size)
    runtime(batch)
    started = time.perf_counter()
    runtime(batch)
    alone = time.perf_counter() - started
    count = max(3, round(seconds / alone))
    started = time.perf_counter()
    for _ in runtime.stream(batch for _ in range(count)):
        pass
    return Point(size, count * size / (time.perf_counter() - started), alone * 1000)


def _one_by_one(weights: Weights, device: str) -> float:
    network = facenet_network(weights).to(device)
    faces = torch.from_numpy(standardised(_pixels(ONE_BY_ONE)))
    with torch.inference_mode():
        network(faces[:1].to(device)).cpu()
        started = time.perf_counter()
        for face in faces:
            network(face[None].to(device)).cpu()
    return ONE_BY_ONE / (time.perf_counter() - started)


def _pixels(count: int) -> Pixels:
    random = np.random.default_rng(1)
    return random.integers(0, 256, (count, FACENET_PX, FACENET_PX, 3), dtype=np.uint8)
