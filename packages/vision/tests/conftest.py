"""What the tests of vision share: the detector, the original to compare with, pictures."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from adsum_vision.mtcnn import MtcnnDetector


@pytest.fixture(scope="session")
def detector() -> MtcnnDetector:
    """The detector as the product runs it."""
    return MtcnnDetector(threads=1)


@pytest.fixture(scope="session")
def original() -> ModuleType:
    """facenet-pytorch's own `models.mtcnn`, unchanged.

    Its modules import torchvision and Pillow for things that do not touch detection in arrays, and one
    that does: `batched_nms`, here in ten lines after torchvision's documentation.
    """
    spec = importlib.util.find_spec("facenet_pytorch")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    with _modules(_stand_ins(list(spec.submodule_search_locations))):
        return importlib.import_module("facenet_pytorch.models.mtcnn")


def _stand_ins(places: list[str]) -> dict[str, ModuleType]:
    package = ModuleType("facenet_pytorch")
    package.__path__ = places
    names = ("torchvision", "torchvision.transforms", "torchvision.ops", "torchvision.ops.boxes", "PIL")
    modules = {name: ModuleType(name) for name in names}
    modules["torchvision.transforms"].functional = ModuleType("functional")  # type: ignore[attr-defined]
    modules["torchvision.ops.boxes"].batched_nms = _batched_nms  # type: ignore[attr-defined]
    modules["PIL"].Image = ModuleType("Image")  # type: ignore[attr-defined]
    return {**modules, "facenet_pytorch": package}


@contextmanager
def _modules(stand_ins: dict[str, ModuleType]) -> Iterator[None]:
    """Let the stand-ins be imported for a while, then put back what was there."""
    before = dict(sys.modules)
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in set(sys.modules) - set(before):
            if name.partition(".")[0] in {"facenet_pytorch", "torchvision", "PIL"}:
                del sys.modules[name]
        sys.modules.update(before)


def _batched_nms(boxes: Any, scores: Any, groups: Any, iou_threshold: float) -> Any:
    """Keep the best box of each heap, within each group, best first."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    order = torch.argsort(scores, descending=True, stable=True)
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        corner = torch.maximum(boxes[best, :2], boxes[order, :2])
        size = (torch.minimum(boxes[best, 2:], boxes[order, 2:]) - corner).clamp(min=0)
        shared = size[:, 0] * size[:, 1]
        overlap = shared / (area[best] + area[order] - shared)
        order = order[(overlap <= iou_threshold) | (groups[order] != groups[best])]
    return torch.tensor(kept, dtype=torch.long)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of evaluation photos beside the checkout."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no evaluation photos beside the checkout")
    return folder
