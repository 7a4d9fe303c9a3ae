"""The recognition models that Adsum knows by name, and the floor below which no threshold may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adsum_contracts.ids import ModelId


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """`name` is what one chooses the model by; `id` stands for its vectors and changes with them, be it by
    other weights or by another way from a face to the network. `dimensions` before padding; `floor` is a
    score: the threshold for real faces until a school is calibrated, and the lowest that a request may ask
    for."""

    name: str
    id: ModelId
    dimensions: int
    floor: float


# The original demo's threshold.
FACENET_VGGFACE2: Final = ModelSpec(
    "facenet-vggface2", ModelId("facenet-vggface2"), dimensions=512, floor=0.7
)
# Measured with LFW, rosters of 30: 0.14 % of strangers reach it; docs/decisions/0024.
DLIB_RESNET_V1: Final = ModelSpec(
    "dlib-resnet-v1", ModelId("dlib-resnet-v1.4-views"), dimensions=128, floor=0.95
)

MODELS: Final = {spec.name: spec for spec in (FACENET_VGGFACE2, DLIB_RESNET_V1)}
"""Every model, by its name."""

BY_ID: Final = {spec.id: spec for spec in MODELS.values()}
"""Every model, by the id of the vectors that it makes now."""
