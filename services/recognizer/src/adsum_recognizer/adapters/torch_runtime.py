"""FaceNet by torch: on a GPU in half precision, channels last, without an allocation after the first batch.

Each bucket has slots: pixels in pinned memory, the same on the device, and the network over them captured
once as a CUDA graph, which later is replayed. Pixels travel as bytes and are standardised on the device, a
quarter of the way's width. On a CPU the same code runs without graphs, in single precision: it shows that the
parts fit, and is no faster than torch.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from adsum_recognizer.adapters.inception import facenet_network
from adsum_vision.crops import FACENET_PX

Pixels = NDArray[np.uint8]
"""Faces as they were cut out: (n, 160, 160, 3), RGB."""

GPU_BUCKETS: Final = (1, 4, 8, 16, 32, 64, 128, 256)
IN_FLIGHT: Final = 2
"""Batches of a stream that are under way: one is sent off while the one before is computed."""

WARM_UPS: Final = 3
"""Runs before a graph is captured, so that libraries have chosen their kernels (torch's CUDA notes)."""


class TorchRuntime:
    """Maps batches of a bucket's size to embeddings (n, 512) on `device`, "cuda" or "cpu"."""

    def __init__(self, weights: Mapping[str, torch.Tensor], device: str = "cuda") -> None:
        self.device = device
        kind = torch.float16 if device == "cuda" else torch.float32
        network = facenet_network(weights).to(device, kind)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._embed = _standardised_by(network, kind)
        self._free: defaultdict[int, list[_Slot]] = defaultdict(list)

    def __call__(self, pixels: Pixels) -> NDArray[np.float32]:
        """Embed one batch."""
        return next(self.stream([pixels]))

    def stream(self, batches: Iterable[Pixels]) -> Iterator[NDArray[np.float32]]:
        """Embed batches in their order, each sent off while the one before is computed."""
        running: deque[_Slot] = deque()
        for pixels in batches:
            if len(running) == IN_FLIGHT:
                yield self._finished(running.popleft())
            slot = self._free_slot(len(pixels))
            slot.start(pixels)
            running.append(slot)
        while running:
            yield self._finished(running.popleft())

    def _free_slot(self, size: int) -> _Slot:
        free = self._free[size]
        return free.pop() if free else _Slot(self._embed, size, self.device)

    def _finished(self, slot: _Slot) -> NDArray[np.float32]:
        embeddings = slot.embeddings()
        self._free[slot.size].append(slot)
        return embeddings


Embed = Callable[[torch.Tensor], torch.Tensor]


def _standardised_by(network: torch.nn.Module, kind: torch.dtype) -> Embed:
    def embed(pixels: torch.Tensor) -> torch.Tensor:
        # Whole numbers up to 255, less a half, over a power of two: exact in half precision too. Turned so,
        # the rows of a picture lie as channels-last has them, and nothing is copied.
        inputs = (pixels.permute(0, 3, 1, 2).to(kind) - 127.5) / 128.0
        with torch.inference_mode():
            return torch.as_tensor(network(inputs)).float()

    return embed


class _Slot:
    """Room for one batch on its way through."""

    def __init__(self, embed: Embed, size: int, device: str) -> None:
        self.size = size
        shape, on_gpu = (size, FACENET_PX, FACENET_PX, 3), device == "cuda"
        self._sent = torch.empty(shape, dtype=torch.uint8, pin_memory=on_gpu)
        self._pixels = torch.zeros(shape, dtype=torch.uint8, device=device)
        self._answer = torch.empty((size, 512), dtype=torch.float32, pin_memory=on_gpu)
        self._compute = _captured(embed, self._pixels) if on_gpu else lambda: embed(self._pixels)
        self._stream = torch.cuda.Stream() if on_gpu else None  # type: ignore[no-untyped-call]

    def start(self, pixels: Pixels) -> None:
        """Send a batch off, without waiting for its embeddings on a GPU."""
        self._sent.copy_(torch.from_numpy(pixels))
        with torch.cuda.stream(self._stream):  # without a stream this does nothing
            self._pixels.copy_(self._sent, non_blocking=True)
            self._answer.copy_(self._compute(), non_blocking=True)

    def embeddings(self) -> NDArray[np.float32]:
        """Wait for the batch that was started last; return its embeddings (n, 512)."""
        if self._stream is not None:
            self._stream.synchronize()
        return self._answer.numpy().copy()


def _captured(embed: Embed, pixels: torch.Tensor) -> Callable[[], torch.Tensor]:
    """Return `embed` over `pixels` as a CUDA graph: https://docs.pytorch.org/docs/stable/notes/cuda.html."""
    beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(WARM_UPS):
            embed(pixels)
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        embeddings = embed(pixels)

    def replay() -> torch.Tensor:
        graph.replay()
        return embeddings

    return replay
