"""The embedders of this process: the one it was told to use, and those that its schools switched to.

It never chooses another by itself."""

from __future__ import annotations

from collections.abc import Callable

from adsum_contracts.ids import ModelId
from adsum_contracts.models import DLIB_RESNET_V1, MODELS, ModelSpec
from adsum_recognizer.errors import GpuMissing
from adsum_recognizer.ports import Embedder
from adsum_recognizer.self_test import Passed, self_test
from adsum_recognizer.settings import ModelSettings


class LoadedEmbedders:
    """Loads each model at its first use, and keeps it."""

    def __init__(self, default: ModelSpec, load: Callable[[ModelSpec], Embedder]) -> None:
        self.default = default
        self._load = load
        self._loaded: dict[ModelId, Embedder] = {}

    def of(self, spec: ModelSpec) -> Embedder:
        """Return the model's embedder; raise what loading it raises, each time."""
        if spec.id not in self._loaded:
            self._loaded[spec.id] = self._load(spec)
        return self._loaded[spec.id]


def tested_embedders(
    settings: ModelSettings, note: Callable[[Embedder, Passed], object] | None
) -> LoadedEmbedders:
    """Return the embedders of a process with these settings, each of which passes its self-test first; then
    `note` is told."""

    def load(spec: ModelSpec) -> Embedder:
        embedder = load_embedder(settings.model_copy(update={"embedder": spec.name}))
        passed = self_test(embedder)
        if note is not None:
            note(embedder, passed)
        return embedder

    return LoadedEmbedders(MODELS[settings.embedder], load)


def load_embedder(settings: ModelSettings) -> Embedder:
    """Load the model named by ADSUM_EMBEDDER; raise `ModelNotReady` or `GpuMissing`.

    Only here are the networks' libraries imported: a dispatcher needs none of them, and a worker one.
    """
    if settings.embedder == DLIB_RESNET_V1.name:
        return _dlib(settings)
    from adsum_recognizer.adapters.facenet import load_facenet  # noqa: PLC0415 - see above

    return load_facenet(settings.models_dir, require_gpu=settings.require_gpu)


def _dlib(settings: ModelSettings) -> Embedder:
    if settings.require_gpu:
        raise GpuMissing(f"ADSUM_REQUIRE_GPU is set, and {DLIB_RESNET_V1.name} runs on the CPU alone")
    from adsum_recognizer.adapters.dlib import DlibEmbedder  # noqa: PLC0415 - see above

    return DlibEmbedder()
