"""The files of the recognition models: where each comes from, and whether it is the one we know."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from adsum_contracts.models import DLIB_RESNET_V1, FACENET_VGGFACE2
from adsum_recognizer.errors import ModelNotReady


@dataclass(frozen=True, slots=True)
class Download:
    """A file fetched once from `url` into the folder of models."""

    url: str


@dataclass(frozen=True, slots=True)
class InWheel:
    """A file that comes inside an installed `package`, in its folder `folder`."""

    package: str
    folder: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of the `model` of that name; `size` in bytes, `sha256` in lower-case hexadecimal."""

    model: str
    name: str
    size: int
    sha256: str
    source: Download | InWheel

    def path(self, models_dir: Path | None = None) -> Path:
        """Return where the file is, or would be; raise `ModelNotReady` when its package is missing."""
        if isinstance(self.source, Download):
            if models_dir is None:
                raise ValueError(f"{self.name} is kept in the folder of models: name it")
            return models_dir / self.name
        return _package_folder(self.source.package) / self.source.folder / self.name


# The hash is the one that public projects using this file publish (facenet-pytorch itself publishes none);
# every download and import is held against it.
FACENET_WEIGHTS: Final = ModelFile(
    FACENET_VGGFACE2.name,
    "20180402-114759-vggface2.pt",
    111_898_327,
    "281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b",
    Download(
        "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/20180402-114759-vggface2.pt"
    ),
)
DLIB_NETWORK: Final = ModelFile(
    DLIB_RESNET_V1.name,
    "dlib_face_recognition_resnet_model_v1.dat",
    22_466_066,
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    InWheel("face_recognition_models", "models"),
)
DLIB_LANDMARKS: Final = ModelFile(
    DLIB_RESNET_V1.name,
    "shape_predictor_5_face_landmarks.dat",
    9_150_489,
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    InWheel("face_recognition_models", "models"),
)
CATALOGUE: Final = (FACENET_WEIGHTS, DLIB_NETWORK, DLIB_LANDMARKS)


def verified(file: ModelFile, models_dir: Path | None = None) -> Path:
    """Return the file's path; raise `ModelNotReady`, which says what to do, unless it is the one we know."""
    path = file.path(models_dir)
    if not path.is_file():
        raise ModelNotReady(f"{file.name} is not in {path.parent}: {_remedy(file)}")
    fault = fault_of(path, file)
    if fault:
        raise ModelNotReady(f"{path} {fault}: {_remedy(file)}")
    return path


def fault_of(path: Path, file: ModelFile) -> str | None:
    """Return what is wrong with the file at `path`, to be read after its name; None when it is the one."""
    size = path.stat().st_size
    if size != file.size:
        return f"has {size:,} bytes instead of {file.size:,}"
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return None if digest == file.sha256 else f"has the SHA-256 {digest} instead of {file.sha256}"


def _remedy(file: ModelFile) -> str:
    if isinstance(file.source, InWheel):
        return f"install the package {file.source.package} again"
    return (
        f"run `adsum-recognizer models pull {file.model}`, or, without a way to the internet, "
        f"`adsum-recognizer models import FILE`"
    )


def _package_folder(package: str) -> Path:
    """Find the package without importing it: its own __init__ needs packages that are long gone."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelNotReady(f"the package {package} is not installed")
    return Path(spec.submodule_search_locations[0])
