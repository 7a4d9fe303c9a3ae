"""dlib's face network on OpenVINO: the same numbers as dlib's own code, many times faster on a CPU.

The file holds dlib's layers in its own binary format, from the picture to the vector; the network is the
ResNet with 29 convolutions of dlib's `examples/dnn_face_recognition_ex.cpp`. The file is held against its
SHA-256 before it comes here, so what it looks like is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adsum_recognizer.errors import WrongModel
from adsum_vision.runtime import UNPINNED, ops, ov

CHIP_PX: Final = 150

MEAN_RGB: Final = (122.782, 117.001, 104.298)
SCALE: Final = 256.0
"""dlib's `input_rgb_image_sized`: (x - mean) / 256."""

STEM: Final = 32
LEVELS: Final = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))
"""Channels, residual blocks, and whether the first block halves the picture; from the picture on."""

DIMENSIONS: Final = 128

Floats = NDArray[np.float32]
Network = Callable[[NDArray[np.uint8]], Floats]
"""Maps RGB chips (n, 150, 150, 3), 0 to 255, to descriptors (n, 128), not normalised."""


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """`weights` (out, in, height, width) and `bias` (out), with the affine layer behind them folded in."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A residual block of two convolutions; one that `halves` has a stride of 2 in the first."""

    first: Convolution
    second: Convolution
    halves: bool


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Everything learnt: the first convolution, the blocks, and the projection (256, 128) at the end."""

    stem: Convolution
    blocks: tuple[Block, ...]
    projection: Floats


def compiled(file: Path) -> Network:
    """Return the network, compiled for this CPU in single precision; raise `WrongModel`.

    Half precision is not offered: thresholds of this model lie within a few thousandths of each other.
    """
    model = build(read_layers(file.read_bytes()))
    options = UNPINNED | {"INFERENCE_PRECISION_HINT": "f32"}
    network = ov.Core().compile_model(model, "CPU", options)
    return lambda chips: np.array(network(chips.astype(np.float32))[0], np.float32)


class _Tape:
    """Takes the tensors of a dlib file one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def tensor(self, layer: str, size: int, *sizes: int) -> Floats:
        """Return the tensor of the next layer called so, of these sizes; numbers before it are skipped."""
        named = _whole(len(layer)) + layer.encode()
        version, shape = _whole(2), b"".join(_whole(each) for each in (size, *sizes, 1, 1, 1)[:4])
        at = self._content.find(named, self._at)
        start = self._content.find(version + shape, at)
        if at < 0 or start < 0 or start - at > len(named) + _LONGEST_PREAMBLE:
            raise WrongModel(f"the file has no {layer} of {size} values where one belongs")
        begins = start + len(version + shape)
        count = math.prod((size, *sizes))
        self._at = begins + 4 * count
        if self._at > len(self._content):
            raise WrongModel(f"the file ends within a {layer}")
        return np.frombuffer(self._content, "<f4", count, begins).astype(np.float32)


_LONGEST_PREAMBLE: Final = 5
"""Bytes of a layer's own numbers before its tensor: a projection's inputs and outputs."""


def _whole(value: int) -> bytes:
    """A whole number as dlib writes it: how many bytes follow, then these, lowest first."""
    count = (value.bit_length() + 7) // 8 or 1
    return bytes([count]) + value.to_bytes(count, "little")


def read_layers(content: bytes) -> Layers:
    """Return what the file has learnt; raise `WrongModel` where it is another network's."""
    tape = _Tape(content)
    stem = _convolution(tape, 3, STEM, 7)
    blocks: list[Block] = []
    channels = STEM
    for width, count, halves in LEVELS:
        for place in range(count):
            first = _convolution(tape, channels, width, 3)
            blocks.append(Block(first, _convolution(tape, width, width, 3), halves and place == 0))
            channels = width
    projection = tape.tensor("fc_2", channels, DIMENSIONS).reshape(channels, DIMENSIONS)
    return Layers(stem, tuple(blocks), projection)


def _convolution(tape: _Tape, inputs: int, outputs: int, side: int) -> Convolution:
    count = outputs * inputs * side * side
    learnt = tape.tensor("con_4", count + outputs)
    gain, offset = np.split(tape.tensor("affine_", 2 * outputs), 2)
    weights = learnt[:count].reshape(outputs, inputs, side, side)
    return Convolution(weights * gain[:, None, None, None], learnt[count:] * gain + offset)


def build(layers: Layers) -> ov.Model:
    """Return the network as an OpenVINO model over a batch of any size."""
    chips = ops.parameter(ov.PartialShape([-1, CHIP_PX, CHIP_PX, 3]), ov.Type.f32, name="chips")
    scaled = ops.divide(ops.subtract(chips, _constant(MEAN_RGB)), _constant(SCALE))
    x = ops.relu(_convolved(ops.transpose(scaled, np.array([0, 3, 1, 2])), layers.stem, stride=2, pad=0))
    x = ops.max_pool(x, [2, 2], [1, 1], [0, 0], [0, 0], [3, 3])
    for block in layers.blocks:
        x = _residual(x.output(0), block)
    pooled = ops.reduce_mean(x.output(0), np.array([2, 3]), keep_dims=False)
    return ov.Model([ops.matmul(pooled, _constant(layers.projection), False, False)], [chips], "dlib-resnet")


def _residual(x: ov.Output, block: Block) -> ov.Node:
    stride, pad = (2, 0) if block.halves else (1, 1)
    inner = ops.relu(_convolved(x, block.first, stride, pad))
    inner = _convolved(inner, block.second, stride=1, pad=1)
    if not block.halves:
        return ops.relu(ops.add(x, inner))
    shortcut = ops.avg_pool(x, [2, 2], [0, 0], [0, 0], [2, 2], True)
    return ops.relu(_padded_sum(shortcut, inner))


def _convolved(x: ov.Output | ov.Node, layer: Convolution, stride: int, pad: int) -> ov.Node:
    steps, edge, dense = [stride, stride], [pad, pad], [1, 1]
    convolved = ops.convolution(x, _constant(layer.weights), steps, edge, edge, dense)
    return ops.add(convolved, _constant(layer.bias.reshape(1, -1, 1, 1)))


def _padded_sum(one: ov.Node, other: ov.Node) -> ov.Node:
    """dlib's `add_prev`: what is smaller counts as zero beyond its end, in channels and in pixels."""
    sizes = [
        [each.get_output_partial_shape(0)[axis].get_length() for axis in (1, 2, 3)] for each in (one, other)
    ]
    largest = np.max(sizes, axis=0)
    return ops.add(_padded(one, largest - sizes[0]), _padded(other, largest - sizes[1]))


def _padded(node: ov.Node, missing: NDArray[np.int64]) -> ov.Node:
    return ops.pad(node, np.zeros(4, np.int64), np.array([0, *missing], np.int64), "constant")


def _constant(values: ArrayLike) -> ov.Node:
    return ops.constant(np.asarray(values, np.float32))
