"""Memory stays flat: a film over and over through the pipeline leaves nothing behind."""

from __future__ import annotations

import logging
from pathlib import Path
from statistics import median

import pytest

from benchmarks.memory import Sample, view

logger = logging.getLogger(__name__)

PIECES = 8
MOST_BLOCKS = 6_000
"""Python's own; a track that were remembered for ever would leave a dozen in every three seconds of film."""

MOST_BYTES = 12 * 2**20
"""Noise of the allocators below Python; one picture kept of every ten would be five times that."""


def grown(samples: tuple[Sample, ...]) -> tuple[float, float]:
    """Return how many blocks and bytes the last quarter has over the second, once all is warm."""
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    return (
        median(each.blocks for each in late) - median(each.blocks for each in early),
        median(each.resident_bytes for each in late) - median(each.resident_bytes for each in early),
    )


def test_memory_is_flat_over_some_minutes(long_video: Path) -> None:
    seconds = 160.0
    samples = view(long_video, seconds, seconds / PIECES, told=lambda sample: None)
    assert len(samples) >= PIECES
    blocks, resident = grown(samples)
    assert blocks < MOST_BLOCKS
    assert resident < MOST_BYTES


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_memory_is_flat_over_an_hour(lesson_video: Path) -> None:
    samples = view(lesson_video, 3600.0, 300.0, told=lambda sample: logger.info("%s", sample))
    blocks, resident = grown(samples)
    assert blocks < MOST_BLOCKS
    assert resident < MOST_BYTES
