"""The recognition models that Adsum knows by name, and the floor below which no threshold may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adsum_contracts.ids import ModelId


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """`dimensions` before padding; `floor` is a cosine similarity: the threshold for real faces until a
    school is calibrated, and the lowest that any request may ask for."""

    id: ModelId
    dimensions: int
    floor: float


# The original demo's threshold.
FACENET_VGGFACE2: Final = ModelSpec(ModelId("facenet-vggface2"), dimensions=512, floor=0.7)
# Measured with LFW, rosters of 20: 0.3 % of strangers reach it; docs/decisions/0008.
DLIB_RESNET_V1: Final = ModelSpec(ModelId("dlib-resnet-v1"), dimensions=128, floor=0.94)

MODELS: Final = {spec.id: spec for spec in (FACENET_VGGFACE2, DLIB_RESNET_V1)}
