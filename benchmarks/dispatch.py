"""From cameras to rows: `adsum-recognizer bench dispatch`, kept."""

from __future__ import annotations

import os

from adsum_recognizer.bench import dispatch_screen
from adsum_recognizer.bench.child import THUMBNAIL
from adsum_recognizer.bench.dispatch import measure
from benchmarks.measure import Asked, Report

CAMERAS = (1, 10, 100, 1000)


def run(asked: Asked) -> Report:
    """Saturate the way from streams to rows with 1 to 1,000 cameras, and take crops at half that rate."""
    seconds, workers = 3.0 if asked.quick else 30.0 if asked.long else 8.0, os.cpu_count() or 1
    points = measure(CAMERAS, seconds, workers, THUMBNAIL, asked.tell)
    figures = dispatch_screen.figures(points, workers, THUMBNAIL, seconds)
    return Report(dispatch_screen.tables(points, workers, THUMBNAIL), figures)
