"""Finding the faces of a frame: our MTCNN against facenet-pytorch's, the same networks and answers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch

from adsum_local.sim import SimPlan, simulate
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.original import original_mtcnn
from adsum_vision.types import BgrImage
from benchmarks.measure import Asked, Comparison, compare

MIN_FACE_PX = 40


def run(asked: Asked) -> list[Comparison]:
    """Look at a frame of a drawn classroom, as it is and scaled to 1920x1080, on one thread each."""
    torch.set_num_threads(1)
    ours = MtcnnDetector(min_face_px=MIN_FACE_PX, threads=1)
    theirs = original_mtcnn().MTCNN(keep_all=True, min_face_size=MIN_FACE_PX)
    frame = classroom_frame()
    rows = []
    for size in ((1280, 720), (1920, 1080)):
        picture = np.asarray(cv2.resize(frame, size), np.uint8)
        rgb = np.ascontiguousarray(picture[..., ::-1])
        found, original = len(ours.detect(picture)), len(theirs.detect(rgb, landmarks=True)[0])
        rows.append(
            compare(
                f"detect, {size[0]}x{size[1]}, smallest face {MIN_FACE_PX} px, 1 thread",
                lambda picture=picture: ours.detect(picture),
                "facenet-pytorch 2.6.0 on torch",
                lambda rgb=rgb: theirs.detect(rgb, landmarks=True),
                note=f"faces: {found} and {original}",
            )
        )
    return rows


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
