"""FaceNet: the same embedding on either runtime, from the same pixels as facenet-pytorch's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from adsum_recognizer.adapters.facenet import (
    FacenetEmbedder,
    Runtime,
    agreeing,
    load_facenet,
    network_pixels,
    openvino_runtime,
    standardised,
)
from adsum_recognizer.adapters.inception import facenet_network, untrained_weights
from adsum_recognizer.adapters.torch_runtime import Pixels, TorchRuntime
from adsum_recognizer.errors import GpuMissing, ModelNotReady, WrongModel
from adsum_vision.crops import Crop, facenet_input
from adsum_vision.types import Box

Weights = Mapping[str, torch.Tensor]


@pytest.fixture(scope="module")
def weights() -> Weights:
    torch.manual_seed(1)
    return untrained_weights()


def crop(seed: int) -> Crop:
    image = np.random.default_rng(seed).integers(0, 256, (200, 180, 3), dtype=np.uint8)
    return Crop(image, Box(40, 50, 100, 110), ((0, 0),) * 5)  # type: ignore[arg-type]


@pytest.mark.slow
def test_torch_and_openvino_agree(weights: Weights) -> None:
    pixels = np.stack([network_pixels(crop(seed)) for seed in range(4)])
    expected = TorchRuntime(weights, "cpu")(pixels)
    found = openvino_runtime(weights, "f32")(pixels)
    assert np.abs(found - expected).max() / np.abs(expected).max() < 1e-4


def test_the_network_sees_rgb_scaled_as_it_was_trained() -> None:
    """facenet-pytorch: `(x - 127.5) / 128` of the RGB crop (fixed_image_standardization)."""
    bgr = facenet_input(crop(1).image, crop(1).box)
    red = (bgr[..., 2].astype(np.float32) - 127.5) / 128
    (seen,) = standardised(network_pixels(crop(1))[None])
    assert seen.shape == (3, 160, 160)
    np.testing.assert_array_equal(seen[0], red)


def test_batches_have_few_sizes_and_keep_their_order() -> None:
    sizes: list[int] = []

    def first_pixels(pixels: Pixels) -> NDArray[np.float32]:
        sizes.append(len(pixels))
        return pixels.reshape(len(pixels), -1)[:, :512].astype(np.float32)

    crops = [crop(seed) for seed in range(37)]
    found = FacenetEmbedder(first_pixels).embed(crops)
    assert sizes == [32, 8]
    pixels = np.stack([network_pixels(each).ravel()[:512] for each in crops]).astype(np.float32)
    np.testing.assert_allclose(found, pixels / np.linalg.norm(pixels, axis=1, keepdims=True), rtol=1e-5)


def test_a_faster_precision_is_taken_only_where_its_vectors_are_the_same() -> None:
    def exact(pixels: Pixels) -> NDArray[np.float32]:
        return pixels.reshape(len(pixels), -1)[:, ::150][:, :512].astype(np.float32)

    def coarser(step: float) -> Runtime:
        return lambda pixels: np.round(exact(pixels) / step).astype(np.float32) * np.float32(step)

    near, far = coarser(0.5), coarser(64.0)
    assert agreeing(exact, near) is near
    assert agreeing(exact, far) is exact


def test_no_crop_is_no_vector() -> None:
    assert FacenetEmbedder(lambda pixels: pixels.astype(np.float32)).embed([]).shape == (0, 512)


def test_the_classifier_s_weights_are_left_out_and_others_are_refused(weights: Weights) -> None:
    facenet_network({**weights, "logits.weight": torch.zeros(1)})
    with pytest.raises(WrongModel):
        facenet_network({name: tensor for name, tensor in weights.items() if "conv2d_1a" not in name})


def test_without_weights_it_never_starts(tmp_path: Path) -> None:
    with pytest.raises(ModelNotReady, match="models pull"):
        load_facenet(tmp_path, require_gpu=False)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_required_gpu_that_is_missing_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(GpuMissing):
        load_facenet(tmp_path, require_gpu=True)


@pytest.mark.slow
def test_a_stream_of_batches_answers_each_in_its_turn(weights: Weights) -> None:
    batches = [np.stack([network_pixels(crop(4 * at + seed)) for seed in range(4)]) for at in range(3)]
    runtime = TorchRuntime(weights, "cpu")
    for found, batch in zip(runtime.stream(batches), batches, strict=True):
        np.testing.assert_array_equal(found, runtime(batch))


def centred(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    off = vectors - mean
    return off / np.linalg.norm(off, axis=1, keepdims=True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_half_precision_on_the_gpu_gives_the_same_vectors(weights: Weights) -> None:
    pixels = np.stack([network_pixels(crop(seed)) for seed in range(32)])
    expected, gpu = TorchRuntime(weights, "cpu")(pixels), TorchRuntime(weights, "cuda")
    mean = expected.mean(axis=0)
    agreement = (centred(expected, mean) * centred(gpu(pixels), mean)).sum(axis=1)
    assert agreement.min() > 0.999
    again = np.concatenate(list(gpu.stream([pixels, pixels[::-1].copy(), pixels])))
    np.testing.assert_allclose(again[32:64][::-1], again[:32], atol=1e-3)
    np.testing.assert_array_equal(again[64:], again[:32])
