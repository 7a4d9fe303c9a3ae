"""FaceNet (Schroff et al. 2015) as `InceptionResnetV1`, trained on VGGFace2: 512 numbers a face.

torch runs it on a GPU (`torch_runtime`), OpenVINO on a CPU, in bfloat16 where the CPU has it and the vectors
stay the same. Batches come in a few fixed sizes, so that either plans its work once for each.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import structlog
import torch
from numpy.typing import NDArray

from adsum_contracts.models import FACENET_VGGFACE2, ModelSpec
from adsum_recognizer.adapters.inception import facenet_network
from adsum_recognizer.adapters.torch_runtime import GPU_BUCKETS, Pixels, TorchRuntime
from adsum_recognizer.errors import GpuMissing
from adsum_recognizer.known_vectors import PICTURES, known_picture
from adsum_recognizer.models import FACENET_WEIGHTS, verified
from adsum_recognizer.ports import Vectors, padded
from adsum_recognizer.self_test import AGREEMENT, agreement
from adsum_vision.crops import FACENET_PX, Crop, facenet_input
from adsum_vision.runtime import UNPINNED, ov

log = structlog.get_logger()

BUCKETS: Final = (1, 4, 8, 16, 32)

Inputs = NDArray[np.float32]
"""Faces as the network takes them: (n, 3, 160, 160), RGB, (x - 127.5) / 128."""

Runtime = Callable[[Pixels], NDArray[np.float32]]
"""Maps a batch of a bucket's size to embeddings (n, 512)."""


class FacenetEmbedder:
    """Embeds crops by `runtime`, in batches padded to the next of `buckets`."""

    spec: ModelSpec = FACENET_VGGFACE2

    def __init__(self, runtime: Runtime, device: str = "cpu", buckets: Sequence[int] = BUCKETS) -> None:
        self._runtime = runtime
        self._buckets = buckets
        self.device = device

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Return the crops' unit vectors, shape (n, 512)."""
        if not crops:
            return np.empty((0, 512), np.float32)
        pixels = np.stack([network_pixels(crop) for crop in crops])
        largest = self._buckets[-1]
        parts = [self._bucketed(pixels[at : at + largest]) for at in range(0, len(pixels), largest)]
        return padded(np.concatenate(parts))

    def _bucketed(self, pixels: Pixels) -> NDArray[np.float32]:
        bucket = next(size for size in self._buckets if size >= len(pixels))
        room = np.zeros((bucket - len(pixels), *pixels.shape[1:]), np.uint8)
        return self._runtime(np.concatenate([pixels, room]))[: len(pixels)]


def network_pixels(crop: Crop) -> Pixels:
    """Return one face as it is cut out for the network, (160, 160, 3): box with margin, RGB."""
    return np.ascontiguousarray(facenet_input(crop.image, crop.box)[..., ::-1])


def standardised(pixels: Pixels) -> Inputs:
    """Return faces as the network takes them: facenet-pytorch's `fixed_image_standardization`."""
    return np.ascontiguousarray(((pixels.astype(np.float32) - 127.5) / 128.0).transpose(0, 3, 1, 2))


def load_facenet(models_dir: Path, *, require_gpu: bool) -> FacenetEmbedder:
    """Load the verified weights onto the GPU, or onto the CPU where there is none and none is required.

    Raises `ModelNotReady` (the weights are missing or wrong) or `GpuMissing`.
    """
    if require_gpu and not torch.cuda.is_available():
        raise GpuMissing("ADSUM_REQUIRE_GPU is set, and torch finds no GPU that it can use")
    path = verified(FACENET_WEIGHTS, models_dir)
    return on_this_machine(torch.load(path, map_location="cpu", weights_only=True))


def on_this_machine(weights: Mapping[str, torch.Tensor]) -> FacenetEmbedder:
    """Return the network with these weights on the GPU, or on the CPU where there is none."""
    if torch.cuda.is_available():
        return FacenetEmbedder(TorchRuntime(weights), torch.cuda.get_device_name(), GPU_BUCKETS)
    exact = openvino_runtime(weights, "f32")
    if cpu_precision() == "f32":
        return FacenetEmbedder(exact)
    return FacenetEmbedder(agreeing(exact, openvino_runtime(weights, "bf16")))


def agreeing(exact: Runtime, faster: Runtime) -> Runtime:
    """Return the faster runtime if it gives the pictures of the self-test the exact one's vectors, to
    `AGREEMENT`; else the exact one. The log tells which, and what was reached.

    No layer alone is to blame where bfloat16 falls short, so that none is kept out: docs/decisions/0040.
    """
    pixels = np.stack([network_pixels(known_picture(variant)) for variant in range(PICTURES)])
    reached = agreement(padded(exact(pixels)), padded(faster(pixels)))
    taken = reached >= AGREEMENT
    log.info("precision_chosen", precision="bf16" if taken else "f32", bf16_agrees=round(reached, 5))
    return faster if taken else exact


def cpu_precision() -> str:
    """Return `bf16` where the CPU has instructions for it, else `f32`."""
    return "bf16" if "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def openvino_runtime(
    weights: Mapping[str, torch.Tensor], precision: str | None = None, threads: int | None = None
) -> Runtime:
    """Run by OpenVINO on the CPU, with one compiled network for each bucket, made at its first use.

    `precision` is `f32` or `bf16`, by default `cpu_precision()`; `threads` is by default up to OpenVINO.
    """
    core = ov.Core()
    options: dict[str, bool | str | int] = {"INFERENCE_PRECISION_HINT": precision or cpu_precision()}
    options |= UNPINNED | ({"INFERENCE_NUM_THREADS": threads} if threads else {})
    model = converted(facenet_network(weights))
    compiled: dict[int, ov.CompiledModel] = {}

    def run(pixels: Pixels) -> NDArray[np.float32]:
        size = len(pixels)
        if size not in compiled:
            model.reshape([size, 3, FACENET_PX, FACENET_PX])
            compiled[size] = core.compile_model(model, "CPU", options)
        return np.array(compiled[size](standardised(pixels))[0], np.float32)

    return run


def converted(network: torch.nn.Module) -> ov.Model:
    """Return the network as an OpenVINO model over a batch of (n, 3, 160, 160)."""
    example = torch.zeros(1, 3, FACENET_PX, FACENET_PX)
    with warnings.catch_warnings():
        # OpenVINO traces, which torch has deprecated; torch.export's own code warns of itself.
        warnings.simplefilter("ignore", DeprecationWarning)
        return ov.convert_model(network, example_input=example)
