"""facenet-pytorch's own MTCNN, to compare with: unchanged, and without torchvision."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
import torch


def original_mtcnn() -> ModuleType:
    """Import facenet-pytorch's `models.mtcnn`.

    Its modules import torchvision and Pillow for things that do not touch detection in arrays, and one
    that does: `batched_nms`, here in ten lines after torchvision's documentation.
    """
    spec = importlib.util.find_spec("facenet_pytorch")
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError("facenet-pytorch is not installed; run `make setup`")
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
    boxes, groups = boxes.numpy(), groups.numpy()
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    order = np.argsort(-scores.numpy(), kind="stable")
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        corner = np.maximum(boxes[best, :2], boxes[order, :2])
        size = np.maximum(np.minimum(boxes[best, 2:], boxes[order, 2:]) - corner, 0)
        shared = size[:, 0] * size[:, 1]
        overlap = shared / (area[best] + area[order] - shared)
        order = order[(overlap <= iou_threshold) | (groups[order] != groups[best])]
    return torch.tensor(kept, dtype=torch.long)
