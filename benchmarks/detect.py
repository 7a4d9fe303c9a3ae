"""Finding the faces of a frame: our MTCNN against facenet-pytorch's, the same networks and answers.

The frame is of a drawn classroom; where evaluation photos lie beside the checkout, they are measured too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from adsum_camera.bench import screen
from adsum_camera.bench.command import measured_at
from adsum_camera.bench.pictures import Picture, pictures_in
from adsum_local.sim import SimPlan, simulate
from adsum_vision.machine import this_machine
from adsum_vision.types import BgrImage
from benchmarks.measure import Asked, Report

SIZE = 1920, 1080
SMALLEST = (40.0, 20.0)
THREADS = 2
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PHOTOS = SHARED_DATA / "photos"
YUNET = SHARED_DATA / "models" / "face_detection_yunet_2023mar.onnx"


def run(asked: Asked) -> Report:
    """Look at each set of pictures at 1920x1080, on two threads each, in turn."""
    cv2.setNumThreads(THREADS)
    rounds = 1 if asked.quick else 5
    yunet = YUNET if YUNET.is_file() else None
    tables, figures = [], []
    for name, pictures in _sets():
        asked.tell(name)
        measured = measured_at(SMALLEST, pictures, rounds=rounds, threads=THREADS, yunet=yunet)
        for table in screen.tables(measured):
            table.title = f"{name}: {table.title}"
            tables.append(table)
        figures.append(
            screen.figures(measured, this_machine(), size="1920x1080", threads=THREADS, pictures=name)
        )
    return Report(tuple(tables), figures)


def _sets() -> Iterator[tuple[str, Sequence[Picture]]]:
    frame = np.asarray(cv2.resize(classroom_frame(), SIZE), np.uint8)
    yield "drawn classroom", (Picture("drawn classroom", frame, None),)
    if PHOTOS.is_dir():
        yield "photos", pictures_in(PHOTOS, *SIZE)


def classroom_frame() -> BgrImage:
    """A frame from the middle of a short drawn lesson."""
    with tempfile.TemporaryDirectory() as folder:
        film = simulate(SimPlan(students=16, strangers=0, seconds=30, fps=5), Path(folder))
        capture = cv2.VideoCapture(str(film.video))
        capture.set(cv2.CAP_PROP_POS_FRAMES, 75)
        read, frame = capture.read()
        capture.release()
    if not read:
        raise RuntimeError("the film that was just made cannot be read")
    return np.asarray(frame, np.uint8)
