"""Where the exported detector lives."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

NETWORKS = ("pnet", "rnet", "onet")
STAMP = "stamp.json"

FORMAT = 2
"""Raised when the exported graphs change, so that `make setup` writes them again. 2: they take bytes."""


class DetectorNotExported(FileNotFoundError):  # noqa: N818 - named for what it is
    """The folder holds no exported MTCNN, or one for another version."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"no exported detector of this version in {folder}: run `make setup`, "
            f"or `python -m adsum_vision.export --out {folder}` where torch is installed"
        )


def default_detector_dir() -> Path:
    """Return ADSUM_DETECTOR_DIR where it is set, else the environment's own folder for this format."""
    named = os.environ.get("ADSUM_DETECTOR_DIR")
    return Path(named) if named else Path(sys.prefix) / "share" / "adsum" / f"mtcnn-{FORMAT}"


def network_files(folder: Path) -> dict[str, Path]:
    """Return the three networks' model files by name.

    Raises `DetectorNotExported` where one is missing, or where they were written for another version.
    """
    files = {name: folder / f"{name}.xml" for name in NETWORKS}
    whole = all(path.is_file() and path.with_suffix(".bin").is_file() for path in files.values())
    if not whole or _format(folder) != FORMAT:
        raise DetectorNotExported(folder)
    return files


def _format(folder: Path) -> object:
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp.get("format") if isinstance(stamp, dict) else None
