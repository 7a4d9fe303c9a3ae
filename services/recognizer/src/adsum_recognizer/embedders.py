"""Which embedder this process was told to use. It never chooses another by itself."""

from __future__ import annotations

from adsum_contracts.models import DLIB_RESNET_V1
from adsum_recognizer.errors import GpuMissing
from adsum_recognizer.ports import Embedder
from adsum_recognizer.settings import ModelSettings


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
