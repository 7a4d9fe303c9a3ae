"""MTCNN's three networks, compiled for this machine's processor."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adsum_vision.detector_files import network_files
from adsum_vision.runtime import UNPINNED, ov

Answers = tuple[NDArray[np.float32], ...]

BATCH_STEP = 8
"""Batches are filled up to multiples of this: each new shape is compiled anew, and remembered."""

LARGEST_BATCH = {"pnet": 1, "rnet": 128, "onet": 32}
"""Windows looked at in one go: bounds the memory that a picture full of texture takes."""

SHAPES_REMEMBERED = 64
"""OpenVINO keeps 5,000 compiled shapes unless told: 0.6 MB for each size of picture that ever came."""


@dataclass(frozen=True, slots=True)
class Network:
    """One network; it answers for any number of pictures of the same size, each (height, width, 3) BGR."""

    compiled: ov.CompiledModel
    largest_batch: int

    def __call__(self, pictures: NDArray[np.uint8]) -> Answers:
        """Return each output for all pictures, first dimension first."""
        starts = range(0, len(pictures), self.largest_batch)
        batches = [self._batch(pictures[start : start + self.largest_batch]) for start in starts]
        return tuple(np.concatenate(parts) for parts in zip(*batches, strict=True))

    def _batch(self, pictures: NDArray[np.uint8]) -> Answers:
        count, step = len(pictures), min(BATCH_STEP, self.largest_batch)
        filling = np.zeros((-count % step, *pictures.shape[1:]), np.uint8)
        outputs = self.compiled(np.concatenate((pictures, filling)), share_inputs=True)
        return tuple(outputs[index][:count] for index in range(len(self.compiled.outputs)))


def compiled_networks(folder: Path, threads: int | None) -> dict[str, Network]:
    """Load the networks, to run on so many threads (default: all).

    Raises `DetectorNotExported` where the folder does not hold them.
    """
    core = ov.Core()
    # Processors with bfloat16 would use it unasked, and find other faces than those without.
    options: dict[str, str | int] = {
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
        **UNPINNED,
        "CPU_RUNTIME_CACHE_CAPACITY": SHAPES_REMEMBERED,
    }
    if threads is not None:
        options["INFERENCE_NUM_THREADS"] = threads
    return {
        name: Network(core.compile_model(path, "CPU", options), LARGEST_BATCH[name])
        for name, path in network_files(folder).items()
    }
