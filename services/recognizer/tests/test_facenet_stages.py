"""FaceNet, stage by stage, against facenet-pytorch's own code: seeded weights, and errors that must show.

Vectors of random weights are nearly parallel, so that a cosine proves nothing: relative errors are compared,
of every stage, and cosines only once the vectors' mean is removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from adsum_recognizer.adapters.facenet import (
    BUCKETS,
    FacenetEmbedder,
    Inputs,
    converted,
    cpu_precision,
    network_pixels,
    openvino_runtime,
    standardised,
)
from adsum_recognizer.adapters.inception import facenet_network, untrained_weights
from adsum_recognizer.adapters.torch_runtime import Pixels, TorchRuntime
from adsum_vision.crops import FACENET_MARGIN, FACENET_PX, Crop
from adsum_vision.original import original_mtcnn
from adsum_vision.runtime import ov
from adsum_vision.types import Box

Weights = Mapping[str, torch.Tensor]
FACES = 4


@pytest.fixture(scope="module")
def original() -> ModuleType:
    return original_mtcnn()


@pytest.fixture(scope="module")
def weights() -> Weights:
    """Random weights with the statistics of trained ones: normalisations that shift and scale."""
    torch.manual_seed(1)
    fresh = untrained_weights()
    return {name: _lived_in(name, tensor) for name, tensor in fresh.items()}


def _lived_in(name: str, tensor: torch.Tensor) -> torch.Tensor:
    if name.endswith("running_var"):
        return 0.05 + 0.3 * torch.rand_like(tensor)
    if name.endswith("running_mean") or (".bn." in name and name.endswith("bias")):
        return 0.1 * torch.randn_like(tensor)
    if ".bn." in name and name.endswith("weight"):
        return 0.75 + 0.5 * torch.rand_like(tensor)
    return tensor


@pytest.fixture(scope="module")
def crops() -> list[Crop]:
    rng = np.random.default_rng(4)
    pictures = rng.integers(0, 256, (FACES, 200, 180, 3)).astype(np.uint8)
    return [Crop(picture, Box(40, 50, 100, 110), ((0, 0),) * 5) for picture in pictures]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pixels(crops: list[Crop]) -> Pixels:
    return np.stack([network_pixels(crop) for crop in crops])


@pytest.fixture(scope="module")
def inputs(pixels: Pixels) -> Inputs:
    return standardised(pixels)


def relative(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def test_a_face_reaches_the_network_as_in_the_original(
    crops: list[Crop], inputs: Inputs, original: ModuleType
) -> None:
    # torchvision's `to_tensor` only turns the axes here: from floats it does not scale.
    original.extract_face.__globals__["F"].to_tensor = lambda array: array.transpose(2, 0, 1)

    def theirs(rgb: NDArray[np.uint8], box: Box) -> NDArray[np.float32]:
        edges = np.array([box.x, box.y, box.right, box.bottom])
        cut = original.extract_face(rgb, edges, image_size=FACENET_PX, margin=FACENET_MARGIN)
        return np.asarray(original.fixed_image_standardization(cut.astype(np.float32)))

    crop = crops[0]
    np.testing.assert_array_equal(inputs[0], theirs(np.ascontiguousarray(crop.image[..., ::-1]), crop.box))
    assert relative(inputs[0], theirs(crop.image, crop.box)) > 0.1, "swapped channels would be noticed"


class Stages(torch.nn.Module):
    """The network, telling what each of its parts answers on the way."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network
        self.seen: list[torch.Tensor] = []
        for part in network.children():
            part.register_forward_hook(lambda _part, _inputs, answer: self.seen.append(answer))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        self.seen.clear()
        embedding = self.network(x)
        return (*self.seen, embedding)


@pytest.mark.slow
def test_every_stage_answers_as_the_original_and_wrong_pixels_show(weights: Weights, inputs: Inputs) -> None:
    stages = Stages(facenet_network(weights))
    with torch.inference_mode():
        expected = [each.numpy() for each in stages(torch.from_numpy(inputs))]
    model = converted(Stages(facenet_network(weights)))
    core = ov.Core()
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = [np.array(compiled(inputs)[at]) for at in range(len(expected))]
    assert len(found) > 15
    errors = [relative(ours, theirs) for ours, theirs in zip(found, expected, strict=True)]
    assert max(errors) < 1e-4

    def last(wrong: Inputs) -> NDArray[np.float32]:
        return np.array(compiled(np.ascontiguousarray(wrong))[len(expected) - 1])

    assert relative(last(inputs[:, ::-1]), expected[-1]) > 100 * max(errors), "swapped channels"
    assert relative(last((inputs * 128 + 127.5) / 255), expected[-1]) > 100 * max(errors), "scaled to 0..1"


def centred(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    off = vectors - vectors.mean(axis=0)
    return off / np.linalg.norm(off, axis=1, keepdims=True)


@pytest.mark.slow
def test_backends_agree_and_no_vector_depends_on_its_batch(
    weights: Weights, crops: list[Crop], pixels: Pixels
) -> None:
    ours = openvino_runtime(weights, "f32")
    reference = TorchRuntime(weights, "cpu")(pixels)
    assert (centred(reference) * centred(ours(pixels))).sum(axis=1).min() > 0.999
    assert (centred(reference) * centred(ours(pixels[..., ::-1].copy()))).sum(axis=1).min() < 0.99
    together = FacenetEmbedder(ours).embed(crops[:3])
    alone = np.concatenate([FacenetEmbedder(ours).embed([crop]) for crop in crops[:3]])
    assert len(crops[:3]) not in BUCKETS, "so that the batch is padded"
    assert relative(together, alone) < 1e-4


@pytest.mark.slow
@pytest.mark.skipif(cpu_precision() == "f32", reason="this CPU has no bfloat16")
def test_bfloat16_moves_the_vectors_a_little(weights: Weights, pixels: Pixels) -> None:
    """These are random weights' vectors, a tenth as far from their mean as trained ones': ADR 0040."""
    exact, faster = (openvino_runtime(weights, precision) for precision in ("f32", "bf16"))
    assert relative(faster(pixels), exact(pixels)) < 0.02
    assert relative(faster(pixels[..., ::-1].copy()), exact(pixels)) > 0.05, "swapped channels"
