"""Write MTCNN's three networks as OpenVINO models, once, from the weights in the facenet-pytorch wheel.

    python -m adsum_vision.export [--out DIR]

The layers follow facenet-pytorch 2.6.0 (models/mtcnn.py). Each network takes pixels as the camera gives
them, bytes of shape (n, height, width, 3) in BGR: channel order and scaling are part of the first layer's
weights. They are written with OpenVINO's own operations, so that torch is needed to read the weights and
for nothing else, and no tracer or converter runs.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from adsum_vision.detector_files import FORMAT, NETWORKS, STAMP, default_detector_dir
from adsum_vision.runtime import ops, ov

SUMMARY = "Write MTCNN's networks as OpenVINO models, from the weights in the facenet-pytorch wheel."


class WeightsNotFound(RuntimeError):  # noqa: N818 - named for what it is
    """The facenet-pytorch wheel, which carries MTCNN's weights, is not installed."""


@dataclass(frozen=True, slots=True)
class _Layers:
    """The layers of one network, by the numbers that its weights carry."""

    weights: Mapping[str, NDArray[np.float32]]

    def pixels(self, size: int) -> tuple[ov.op.Parameter, ov.Node]:
        shape = ov.PartialShape([-1, size, size, 3])
        image = ops.parameter(shape, ov.Type.u8, name="pixels")
        return image, ops.transpose(ops.convert(image, "f32"), ops.constant(np.array([0, 3, 1, 2])))

    def conv(self, node: ov.Node, name: str) -> ov.Node:
        kernel, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        if name == "conv1":
            kernel, bias = _on_bytes(kernel, bias)
        out = ops.convolution(node, ops.constant(kernel), [1, 1], [0, 0], [0, 0], [1, 1])
        return ops.add(out, ops.constant(bias.reshape(1, -1, 1, 1)))

    def prelu(self, node: ov.Node, name: str) -> ov.Node:
        return ops.prelu(node, ops.constant(self.weights[f"{name}.weight"]))

    def stage(self, node: ov.Node, number: int) -> ov.Node:
        return self.prelu(self.conv(node, f"conv{number}"), f"prelu{number}")

    def dense(self, node: ov.Node, name: str) -> ov.Node:
        out = ops.matmul(node, ops.constant(self.weights[f"{name}.weight"]), False, True)
        return ops.add(out, ops.constant(self.weights[f"{name}.bias"]))


def _on_bytes(
    kernel: NDArray[np.float32], bias: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the first layer as it acts on BGR bytes: it was trained on RGB, as (byte - 127.5) / 128.

    Nothing is padded, so that the constant goes into the bias exactly.
    """
    shift = kernel.sum(axis=(1, 2, 3), dtype=np.float64) * (127.5 / 128)
    scaled = np.ascontiguousarray(kernel[:, ::-1]) / np.float32(128)
    return scaled, np.asarray(bias - shift, np.float32)


def _pool(node: ov.Node, kernel: int) -> ov.Node:
    pooled = ops.max_pool(node, [2, 2], [1, 1], [0, 0], [0, 0], [kernel, kernel], "ceil")
    return pooled.output(0)


def _flat(node: ov.Node) -> ov.Node:
    """Flatten column by column, as the first (Caffe) weights were trained."""
    turned = ops.transpose(node, ops.constant(np.array([0, 3, 2, 1])))
    return ops.reshape(turned, ops.constant(np.array([0, -1])), True)


def _pnet(layers: _Layers) -> ov.Model:
    """Proposals: outputs (n, 2, h, w) probabilities of no face and face, (n, 4, h, w) edge offsets."""
    image, node = layers.pixels(-1)
    node = _pool(layers.stage(node, 1), 2)
    node = layers.stage(layers.stage(node, 2), 3)
    scores = ops.softmax(layers.conv(node, "conv4_1"), 1)
    return ov.Model([scores, layers.conv(node, "conv4_2")], [image], "pnet")


def _rnet(layers: _Layers) -> ov.Model:
    """Refinement of 24-pixel windows: outputs (n, 2) probabilities, (n, 4) edge offsets."""
    image, node = layers.pixels(24)
    node = _pool(layers.stage(node, 1), 3)
    node = _pool(layers.stage(node, 2), 3)
    node = layers.prelu(layers.dense(_flat(layers.stage(node, 3)), "dense4"), "prelu4")
    scores = ops.softmax(layers.dense(node, "dense5_1"), 1)
    return ov.Model([scores, layers.dense(node, "dense5_2")], [image], "rnet")


def _onet(layers: _Layers) -> ov.Model:
    """Output of 48-pixel windows: (n, 2) probabilities, (n, 4) edge offsets, (n, 10) landmarks, x then y."""
    image, node = layers.pixels(48)
    node = _pool(layers.stage(node, 1), 3)
    node = _pool(layers.stage(node, 2), 3)
    node = _pool(layers.stage(node, 3), 2)
    node = layers.prelu(layers.dense(_flat(layers.stage(node, 4)), "dense5"), "prelu5")
    scores = ops.softmax(layers.dense(node, "dense6_1"), 1)
    return ov.Model([scores, layers.dense(node, "dense6_2"), layers.dense(node, "dense6_3")], [image], "onet")


_BUILD = {"pnet": _pnet, "rnet": _rnet, "onet": _onet}


def export(out: Path) -> bool:
    """Write the networks to `out` and return True, or False where the same ones are there already.

    Whoever looks at `out` sees the old networks or the new ones, never half of them.
    Raises `WeightsNotFound` where facenet-pytorch is not installed.
    """
    weights = _weight_files()
    stamp = {
        "format": FORMAT,
        "weights_sha256": {
            name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in weights.items()
        },
    }
    if _is_current(out, stamp):
        return False
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
        fresh = Path(scratch) / "new"
        fresh.mkdir()
        for name, path in weights.items():
            ov.save_model(_BUILD[name](_Layers(_read(path))), fresh / f"{name}.xml", compress_to_fp16=False)
        (fresh / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
        if out.exists():
            out.rename(Path(scratch) / "old")
        fresh.rename(out)
    return True


def _weight_files() -> dict[str, Path]:
    """Find the wheel's weights without importing the wheel, whose `__init__` wants torchvision."""
    spec = importlib.util.find_spec("facenet_pytorch")
    for place in spec.submodule_search_locations or () if spec else ():
        files = {name: Path(place) / "data" / f"{name}.pt" for name in NETWORKS}
        if all(path.is_file() for path in files.values()):
            return files
    raise WeightsNotFound("facenet-pytorch is not installed: run `make setup`")


def _read(path: Path) -> dict[str, NDArray[np.float32]]:
    state: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


def _is_current(out: Path, stamp: Mapping[str, object]) -> bool:
    try:
        written = json.loads((out / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    parts = (out / f"{name}{suffix}" for name in NETWORKS for suffix in (".xml", ".bin"))
    return bool(written == stamp) and all(part.is_file() for part in parts)


def main(arguments: list[str] | None = None) -> int:
    """Export from the command line."""
    parser = argparse.ArgumentParser(prog="python -m adsum_vision.export", description=SUMMARY)
    parser.add_argument("--out", type=Path, default=default_detector_dir(), help="(default: %(default)s)")
    out: Path = parser.parse_args(arguments).out
    try:
        written = export(out)
    except (WeightsNotFound, OSError) as error:
        sys.stderr.write(f"the detector was not exported: {error}\n")
        return 1
    sys.stderr.write(f"detector {'exported to' if written else 'is up to date in'} {out}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
