"""Each network answers as facenet-pytorch's does, on any pixels and in any batch."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
import torch

from adsum_vision._networks import Network, compiled_networks
from adsum_vision.detector_files import default_detector_dir

TOLERANCE = 2e-5


@pytest.fixture(scope="module")
def networks() -> dict[str, Network]:
    """The three networks as the product runs them."""
    return compiled_networks(default_detector_dir(), threads=1)


def original_answers(network: torch.nn.Module, pictures: np.ndarray) -> list[np.ndarray]:
    """Return the original's outputs for BGR bytes: probabilities first, as ours."""
    rgb = torch.as_tensor(pictures[..., ::-1].copy()).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        *others, probabilities = network((rgb - 127.5) * 0.0078125)
    return [probabilities.numpy(), *(other.numpy() for other in others)]


@pytest.mark.parametrize("shape", [(1, 12, 12, 3), (1, 48, 83, 3), (1, 231, 174, 3)])
def test_proposals_equal_the_originals(
    networks: dict[str, Network], original: ModuleType, shape: tuple[int, ...]
) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    ours, theirs = networks["pnet"](pictures), original_answers(original.PNet(), pictures)

    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("count", [1, 7, 8, 33, 200])
@pytest.mark.parametrize(("name", "side"), [("rnet", 24), ("onet", 48)])
def test_answers_about_windows_equal_the_originals(
    networks: dict[str, Network], original: ModuleType, name: str, side: int, count: int
) -> None:
    pictures = np.random.default_rng(count).integers(0, 256, (count, side, side, 3)).astype(np.uint8)
    theirs = original_answers({"rnet": original.RNet, "onet": original.ONet}[name](), pictures)

    ours = networks[name](pictures)

    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=TOLERANCE)
