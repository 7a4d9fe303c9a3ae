"""Vectors that were computed once, in one file: a second evaluation of the same photos takes seconds.

The file holds vectors of faces, keyed by hashes, and no name or path. Delete it to forget them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adsum_recognizer.errors import RecognizerError

Vector = NDArray[np.float32]
Vectors = Mapping[Path, Vector | None]
"""Each photo's unit vector of 512 numbers, or None where it shows no usable face."""

Compute = Callable[[Sequence[Path]], Vectors]
BATCH = 32


class UnusableCache(RecognizerError):  # noqa: N818 - named for what it is
    """The cache's file cannot be opened or is something else."""


def cached(
    photos: Sequence[Path], made_by: str, file: Path | None, compute: Compute, tick: Callable[[int], None]
) -> Vectors:
    """Return the vectors of `photos`: what `file` has of them, and the rest by `compute`, in batches.

    A vector is found again by `made_by` (model and recipe) and the photo's content. Without a file nothing
    is kept. `tick` is told how many photos are done. Raises `UnusableCache`.
    """
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # vectors of faces: nobody else's to read
    vectors: dict[Path, Vector | None] = {}
    try:
        with closing(sqlite3.connect(file or ":memory:")) as kept:
            kept.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")
            for at in range(0, len(photos), BATCH):
                batch = photos[at : at + BATCH]
                vectors |= _batch(kept, batch, made_by, compute)
                tick(len(batch))
    except sqlite3.Error as error:
        raise UnusableCache(
            f"{file} cannot be used as a cache ({error}): delete it, or name another"
        ) from error
    return vectors


def _batch(kept: sqlite3.Connection, photos: Sequence[Path], made_by: str, compute: Compute) -> Vectors:
    keys = {photo: sha256(made_by.encode() + b"\0" + photo.read_bytes()).digest() for photo in photos}
    rows = {
        photo: kept.execute("SELECT vector FROM vectors WHERE key = ?", (keys[photo],)).fetchone()
        for photo in photos
    }
    vectors = {photo: _opened(row[0]) for photo, row in rows.items() if row is not None}
    new = compute([photo for photo in photos if rows[photo] is None])
    with kept:
        kept.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
            [
                (keys[photo], b"" if vector is None else vector.astype("<f4").tobytes())
                for photo, vector in new.items()
            ],
        )
    return {**vectors, **new}


def _opened(blob: bytes) -> Vector | None:
    return np.frombuffer(blob, "<f4").astype(np.float32) if blob else None
