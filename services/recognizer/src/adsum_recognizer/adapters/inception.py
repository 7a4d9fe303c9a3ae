"""`InceptionResnetV1` from the facenet-pytorch wheel, without running the package.

The package's `__init__` imports torchvision, whose wheel does not load beside every build of torch, and its
download module another two packages. We need one class: its parents are registered as bare packages, and
the download, which we never want, as a refusal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import torch

from adsum_recognizer.errors import ModelNotReady, WrongModel

PACKAGE = "facenet_pytorch"
CLASSIFIER = "logits."
"""The weights' last layer tells VGGFace2's own 8631 people apart; embeddings are what comes before it."""


def facenet_network(weights: Mapping[str, torch.Tensor]) -> torch.nn.Module:
    """Return the network with these weights, ready to infer; raise `WrongModel` when they do not fit.

    It maps (n, 3, 160, 160), RGB as (x - 127.5) / 128, to unit vectors (n, 512).
    """
    network = _untrained()
    embedding = {name: tensor for name, tensor in weights.items() if not name.startswith(CLASSIFIER)}
    try:
        network.load_state_dict(embedding, strict=True)
    except RuntimeError as error:
        raise WrongModel(f"the weights are not those of InceptionResnetV1: {error}") from error
    return network.eval()


def untrained_weights() -> dict[str, torch.Tensor]:
    """Return random weights of the right shapes, for tests of the runtimes: such a network knows nobody."""
    return _untrained().state_dict()


def _untrained() -> torch.nn.Module:
    with _bare_packages():
        module = import_module(f"{PACKAGE}.models.inception_resnet_v1")
    network: torch.nn.Module = module.InceptionResnetV1(pretrained=None, classify=False)
    return network


@contextmanager
def _bare_packages() -> Iterator[None]:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelNotReady("the package facenet-pytorch is not installed; run `make setup` again")
    root = spec.submodule_search_locations[0]
    folders = {"": root, ".models": f"{root}/models", ".models.utils": f"{root}/models/utils"}
    bare = {PACKAGE + name: _bare(PACKAGE + name, folder) for name, folder in folders.items()}
    download = ModuleType(f"{PACKAGE}.models.utils.download")
    download.download_url_to_file = _refuse  # type: ignore[attr-defined]
    standing_in = {name: module for name, module in bare.items() if name not in sys.modules}
    standing_in |= {download.__name__: download} if download.__name__ not in sys.modules else {}
    sys.modules.update(standing_in)
    try:
        yield
    finally:
        for name in standing_in:
            sys.modules.pop(name, None)


def _bare(name: str, folder: str) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = [folder]
    return module


def _refuse(*_: object) -> None:
    raise ModelNotReady("weights are never downloaded behind our back: see `adsum-recognizer models pull`")
