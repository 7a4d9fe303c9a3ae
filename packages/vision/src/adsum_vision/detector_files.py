"""Where the exported detector lives."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NETWORKS = ("pnet", "rnet", "onet")
STAMP = "stamp.json"


class DetectorNotExported(FileNotFoundError):  # noqa: N818 - named for what it is
    """The folder holds no exported MTCNN."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"no exported detector in {folder}: run `make setup`, "
            f"or `python -m adsum_vision.export --out {folder}` where torch is installed"
        )


def default_detector_dir() -> Path:
    """Return ADSUM_DETECTOR_DIR where it is set, else the environment's own `share/adsum/mtcnn`."""
    named = os.environ.get("ADSUM_DETECTOR_DIR")
    return Path(named) if named else Path(sys.prefix) / "share" / "adsum" / "mtcnn"


def network_files(folder: Path) -> dict[str, Path]:
    """Return the three networks' model files by name; raise `DetectorNotExported` where one is missing."""
    files = {name: folder / f"{name}.xml" for name in NETWORKS}
    if not all(path.is_file() and path.with_suffix(".bin").is_file() for path in files.values()):
        raise DetectorNotExported(folder)
    return files
