"""What a model that was loaded has to show before it gets any work."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from adsum_contracts.ids import ModelId
from adsum_contracts.models import DLIB_RESNET_V1, ModelSpec
from adsum_recognizer.adapters.dlib import DlibEmbedder
from adsum_recognizer.known_vectors import PICTURES, known_picture
from adsum_recognizer.models_commands import self_test_model
from adsum_recognizer.self_test import KNOWN_AGREEMENT, SelfTestFailed, fault_of, self_test
from adsum_vision.crops import Crop

GOOD = np.eye(4, 512, dtype=np.float32)


class Constant:
    """A model that sees the same in everybody."""

    spec: ModelSpec = DLIB_RESNET_V1
    device = "cpu"

    def embed(self, crops: Sequence[Crop]) -> NDArray[np.float32]:
        return np.repeat(GOOD[:1], len(crops), axis=0)


@pytest.mark.parametrize(
    ("vectors", "fault"),
    [
        ((GOOD, GOOD, GOOD, GOOD), None),
        ((GOOD, GOOD, GOOD, None), None),
        ((GOOD * np.nan, GOOD, GOOD, GOOD), "not numbers"),
        ((GOOD * 2, GOOD, GOOD, GOOD), "length one"),
        ((np.repeat(GOOD[:1], 4, axis=0),) * 4, "the same vector"),
        ((GOOD, GOOD[::-1], GOOD, GOOD), "another vector alone"),
        ((GOOD, GOOD, GOOD[::-1], GOOD), "at the second time"),
        ((GOOD, GOOD, GOOD, GOOD[::-1]), "not those stored"),
        ((GOOD, GOOD, GOOD, np.repeat(GOOD.mean(axis=0, keepdims=True), 4, axis=0)), "not those stored"),
    ],
)
def test_each_fault_is_found(vectors: Any, fault: str | None) -> None:
    found = fault_of(*vectors)
    assert (found is None) if fault is None else (found is not None and fault in found)


def test_a_model_that_is_none_is_refused_in_one_sentence() -> None:
    with pytest.raises(SelfTestFailed, match="dlib-resnet-v1 failed its self-test: it gives different faces"):
        self_test(Constant())


def test_the_known_pictures_are_the_same_to_the_last_bit() -> None:
    """Whole numbers alone: another numpy or OpenCV draws no other picture, or its vectors would be others."""
    assert len({known_picture(variant).image.tobytes() for variant in range(PICTURES)}) == PICTURES
    pixels = b"".join(known_picture(variant).image.tobytes() for variant in range(PICTURES))
    assert sha256(pixels).hexdigest() == "be47759cf53bcce4be5eebce01377bbdf16ff910d1b9305c53cc09cfcaae7578"


def test_the_model_without_a_download_gives_the_vectors_that_are_stored() -> None:
    passed = self_test(DlibEmbedder())
    assert passed.device == "cpu"
    assert passed.known is not None
    assert passed.known > KNOWN_AGREEMENT


class Elsewhere(DlibEmbedder):
    """The right weights, and another way from a face to them."""

    def __init__(self, change: Callable[[Crop], Crop]) -> None:
        super().__init__()
        self._change = change

    def embed(self, crops: Sequence[Crop]) -> NDArray[np.float32]:
        return super().embed([self._change(crop) for crop in crops])


def swapped(crop: Crop) -> Crop:
    return replace(crop, image=np.ascontiguousarray(crop.image[..., ::-1]))


def one_pixel_off(crop: Crop) -> Crop:
    return replace(crop, box=replace(crop.box, x=crop.box.x + 1))


@pytest.mark.parametrize("change", [swapped, one_pixel_off])
def test_another_way_to_the_network_fails(change: Callable[[Crop], Crop]) -> None:
    with pytest.raises(SelfTestFailed, match="not those stored with it"):
        self_test(Elsewhere(change))


def test_a_model_without_stored_vectors_is_compared_with_itself_and_that_is_said() -> None:
    embedder = DlibEmbedder()
    embedder.spec = replace(DLIB_RESNET_V1, id=ModelId("a-model-of-tomorrow"))
    with capture_logs() as said:
        assert self_test(embedder).known is None
    assert said[-1]["compared_with"] == "itself: no vectors of it are stored"


def test_the_command_tells_what_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    self_test_model("dlib-resnet-v1", as_json=True)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["known"] > KNOWN_AGREEMENT
    assert np.shape(told["vectors"]) == (PICTURES, 128)
