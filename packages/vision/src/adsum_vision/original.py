"""facenet-pytorch's own MTCNN, to compare with: unchanged, and without torchvision. Needs torch.

The product never imports this: tests do, and measurements load it by name where torch is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import cv2
import numpy as np
import torch

from adsum_vision._boxes import best_by_union
from adsum_vision.types import BgrImage, Face, face_from


class OriginalDetector:
    """facenet-pytorch's `MTCNN.detect(landmarks=True)` with its own thresholds, spoken to like ours.

    `threads` is torch's number of CPU threads, for the whole process. Raises `ModuleNotFoundError` where
    facenet-pytorch is not installed.
    """

    def __init__(self, *, min_face_px: float = 40, threads: int = 1) -> None:
        torch.set_num_threads(threads)
        self._network = original_mtcnn().MTCNN(keep_all=True, min_face_size=min_face_px)

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """Return the faces of the picture, largest box first (half a millisecond goes into RGB)."""
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        boxes, scores, landmarks = self._network.detect(rgb, landmarks=True)
        if boxes is None:
            return ()
        return tuple(face_from(*each) for each in zip(boxes, landmarks, scores, strict=True))


def original_mtcnn() -> ModuleType:
    """Import facenet-pytorch's `models.mtcnn`.

    Its modules import torchvision and Pillow for things that do not touch detection in arrays, and one
    that does: `batched_nms`, which is compiled code there and OpenCV's compiled code here.
    Raises `ModuleNotFoundError` where it is not installed.
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


def _batched_nms(
    boxes: torch.Tensor, scores: torch.Tensor, groups: torch.Tensor, iou_threshold: float
) -> torch.Tensor:
    """Keep the best box of each heap, within each group (here: each picture), best first."""
    kept = best_by_union(boxes.numpy(), scores.numpy(), iou_threshold, groups.numpy().astype(np.intp))
    return torch.as_tensor(kept, dtype=torch.long)
