"""The record of a school of 5,000: how fast it answers and takes in, as `adsum-api bench` measures it."""

from __future__ import annotations

from adsum_api.bench import screen
from adsum_api.bench.measuring import MILLION, QUICK, TWENTY_MILLION, measure
from benchmarks.measure import Asked, Report


def run(asked: Asked) -> Report:
    """Measure a million marks (100,000 with --quick); the long form 20 million as well."""
    sizes = [QUICK] if asked.quick else [MILLION, *([TWENTY_MILLION] if asked.long else [])]
    measured = measure(sizes, 1 if asked.quick else 5, asked.tell)
    return Report(screen.tables(measured), screen.figures(measured))
