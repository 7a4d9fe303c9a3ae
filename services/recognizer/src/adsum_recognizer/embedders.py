"""Which embedder this process was told to use. It never chooses another by itself."""

from __future__ import annotations

from adsum_contracts.models import DLIB_RESNET_V1
from adsum_recognizer.adapters.dlib import DlibEmbedder
from adsum_recognizer.adapters.facenet import load_facenet
from adsum_recognizer.errors import GpuMissing
from adsum_recognizer.ports import Embedder
from adsum_recognizer.settings import ModelSettings


def load_embedder(settings: ModelSettings) -> Embedder:
    """Load the model named by ADSUM_EMBEDDER; raise `ModelNotReady` or `GpuMissing`."""
    if settings.embedder != DLIB_RESNET_V1.id:
        return load_facenet(settings.models_dir, require_gpu=settings.require_gpu)
    if settings.require_gpu:
        raise GpuMissing(f"ADSUM_REQUIRE_GPU is set, and {DLIB_RESNET_V1.id} runs on the CPU alone")
    return DlibEmbedder()
