"""FaceNet (Schroff et al. 2015) as `InceptionResnetV1`, trained on VGGFace2: 512 numbers a face.

torch runs it on a GPU, in half precision and channels last; OpenVINO on a CPU, in bfloat16 where the CPU
has it. Batches come in a few fixed sizes, so that either plans its work once for each.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from adsum_contracts.models import FACENET_VGGFACE2, ModelSpec
from adsum_recognizer.adapters.inception import facenet_network
from adsum_recognizer.errors import GpuMissing
from adsum_recognizer.models import FACENET_WEIGHTS, verified
from adsum_recognizer.ports import Vectors, padded
from adsum_vision.crops import FACENET_PX, Crop, facenet_input
from adsum_vision.runtime import UNPINNED, ov

BUCKETS: Final = (1, 4, 8, 16, 32)

Inputs = NDArray[np.float32]
"""Faces as the network takes them: (n, 3, 160, 160), RGB, (x - 127.5) / 128."""

Runtime = Callable[[Inputs], NDArray[np.float32]]
"""Maps a batch of a bucket's size to embeddings (n, 512)."""


class FacenetEmbedder:
    """Embeds crops by `runtime`, in batches padded to the next bucket."""

    spec: ModelSpec = FACENET_VGGFACE2

    def __init__(self, runtime: Runtime, device: str = "cpu") -> None:
        self._runtime = runtime
        self.device = device

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Return the crops' unit vectors, shape (n, 512)."""
        if not crops:
            return np.empty((0, 512), np.float32)
        inputs = np.stack([network_input(crop) for crop in crops])
        largest = BUCKETS[-1]
        parts = [self._bucketed(inputs[at : at + largest]) for at in range(0, len(inputs), largest)]
        return padded(np.concatenate(parts))

    def _bucketed(self, inputs: Inputs) -> NDArray[np.float32]:
        bucket = next(size for size in BUCKETS if size >= len(inputs))
        room = np.zeros((bucket - len(inputs), *inputs.shape[1:]), np.float32)
        return self._runtime(np.concatenate([inputs, room]))[: len(inputs)]


def network_input(crop: Crop) -> Inputs:
    """Return one face as the network takes it, (3, 160, 160): box with margin, RGB, (x - 127.5) / 128."""
    rgb = facenet_input(crop.image, crop.box)[..., ::-1].astype(np.float32)
    return np.ascontiguousarray(((rgb - 127.5) / 128.0).transpose(2, 0, 1))


def load_facenet(models_dir: Path, *, require_gpu: bool) -> FacenetEmbedder:
    """Load the verified weights onto the GPU, or onto the CPU where there is none and none is required.

    Raises `ModelNotReady` (the weights are missing or wrong) or `GpuMissing`.
    """
    gpu = torch.cuda.is_available()
    if require_gpu and not gpu:
        raise GpuMissing("ADSUM_REQUIRE_GPU is set, and torch finds no GPU that it can use")
    path = verified(FACENET_WEIGHTS, models_dir)
    weights = torch.load(path, map_location="cpu", weights_only=True)
    if gpu:
        return FacenetEmbedder(torch_runtime(weights), torch.cuda.get_device_name())
    return FacenetEmbedder(openvino_runtime(weights))


def torch_runtime(weights: Mapping[str, torch.Tensor], device: str = "cuda") -> Runtime:
    """Run by torch on `device`: half precision and channels last on a GPU, single precision elsewhere."""
    kind = torch.float16 if device == "cuda" else torch.float32
    network = facenet_network(weights).to(device, kind)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def run(inputs: Inputs) -> NDArray[np.float32]:
        batch = torch.from_numpy(inputs).to(device, kind).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            embeddings: NDArray[np.float32] = network(batch).float().cpu().numpy()
        return embeddings

    return run


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

    def run(inputs: Inputs) -> NDArray[np.float32]:
        size = len(inputs)
        if size not in compiled:
            model.reshape([size, *inputs.shape[1:]])
            compiled[size] = core.compile_model(model, "CPU", options)
        return np.array(compiled[size](inputs)[0], np.float32)

    return run


def converted(network: torch.nn.Module) -> ov.Model:
    """Return the network as an OpenVINO model over a batch of (n, 3, 160, 160)."""
    example = torch.zeros(1, 3, FACENET_PX, FACENET_PX)
    with warnings.catch_warnings():
        # OpenVINO traces, which torch has deprecated; torch.export's own code warns of itself.
        warnings.simplefilter("ignore", DeprecationWarning)
        return ov.convert_model(network, example_input=example)
