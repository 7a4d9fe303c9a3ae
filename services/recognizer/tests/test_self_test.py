"""What a model that was loaded has to show before it gets any work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from adsum_contracts.models import DLIB_RESNET_V1, ModelSpec
from adsum_recognizer.adapters.dlib import DlibEmbedder
from adsum_recognizer.self_test import SelfTestFailed, drawn_face, fault_of, self_test
from adsum_vision.crops import Crop

GOOD = np.eye(4, 512, dtype=np.float32)


class Constant:
    """A model that sees the same in everybody."""

    spec: ModelSpec = DLIB_RESNET_V1

    def embed(self, crops: Sequence[Crop]) -> NDArray[np.float32]:
        return np.repeat(GOOD[:1], len(crops), axis=0)


@pytest.mark.parametrize(
    ("together", "alone", "fault"),
    [
        (GOOD, GOOD, None),
        (GOOD * np.nan, GOOD, "not numbers"),
        (GOOD * 2, GOOD, "length one"),
        (np.repeat(GOOD[:1], 4, axis=0), np.repeat(GOOD[:1], 4, axis=0), "the same vector"),
        (GOOD, GOOD[::-1], "another vector alone"),
    ],
)
def test_each_fault_is_found(
    together: NDArray[np.float32], alone: NDArray[np.float32], fault: str | None
) -> None:
    found = fault_of(together, alone)
    assert (found is None) if fault is None else (found is not None and fault in found)


def test_a_model_that_is_none_is_refused_in_one_sentence() -> None:
    with pytest.raises(SelfTestFailed, match="dlib-resnet-v1 failed its self-test: it gives different faces"):
        self_test(Constant())


def test_the_drawn_faces_are_the_same_every_time_and_no_two_alike() -> None:
    pictures = [drawn_face(variant).image.tobytes() for variant in range(4)]
    assert pictures == [drawn_face(variant).image.tobytes() for variant in range(4)]
    assert len(set(pictures)) == 4


def test_the_model_without_a_download_passes() -> None:
    self_test(DlibEmbedder())
