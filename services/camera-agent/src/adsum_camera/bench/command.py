"""`adsum-camera bench`: how fast this box finds faces, and which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import cv2
import typer
from rich.console import Console

from adsum_camera.bench import screen
from adsum_camera.bench.detecting import OURS, THEIRS, YUNET, Measured, measure, original_detector
from adsum_camera.bench.drawn import drawn_classroom
from adsum_camera.bench.pictures import Picture, pictures_in
from adsum_camera.errors import CameraAgentError
from adsum_vision.detector_files import DetectorNotExported
from adsum_vision.judge import FaceDetector
from adsum_vision.machine import this_machine
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.yunet import YunetDetector, YunetNotFound

ALSO_PX: Final = 20.0
"""The second smallest face that is always measured: twice as far away as the default."""

SMALLEST_SIDE: Final = 320

NO_ORIGINAL: Final = "facenet-pytorch and torch are not installed here: Adsum's side is measured alone."

bench = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


class BadSize(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The size of a frame is not WIDTHxHEIGHT, or too small to hold faces."""


MEASURING: Final = """Measure what this box can do.

\b
Example:
  adsum-camera bench detect
      how fast it finds the faces of a drawn classroom, and which
"""


@bench.callback(help=MEASURING)
def measuring() -> None:
    """Measure what this box can do."""


EXAMPLES: Final = """Find faces with Adsum's detector and with facenet-pytorch's, in turn, and compare.

\b
Examples:
  adsum-camera bench detect
      a drawn classroom
  adsum-camera bench detect --image photos --json
      a folder of pictures, for machines
  adsum-camera bench detect --size 1280x720 --threads 1
      smaller frames, and one core
  adsum-camera bench detect --yunet face_detection_yunet_2023mar.onnx
      and a third detector, from its file

Pictures are scaled to fit into the size, with black beside or above. A file truth.json in the folder may
mark faces: {"name.jpg": {"faces": 1, "boxes_xywh": [[x, y, width, height]]}}. Every run measures the
smallest face asked for and 20 px. Without torch, which a camera's box does not need, Adsum's side is
measured alone.
"""


@bench.command(help=EXAMPLES, short_help="Compare Adsum's detector with facenet-pytorch's.")
def detect(
    image: Annotated[Path | None, typer.Option(help="A folder of pictures; else a drawn classroom.")] = None,
    min_face: Annotated[float, typer.Option(help="The smallest face in pixels.", min=12)] = 40.0,
    size: Annotated[str, typer.Option(help="The frame's width and height.")] = "1920x1080",
    rounds: Annotated[int, typer.Option(help="How often to look at all pictures.", min=1)] = 3,
    threads: Annotated[int, typer.Option(help="CPU threads of each detector.", min=1)] = 2,
    yunet: Annotated[Path | None, typer.Option(help="YuNet's model file, to be measured as well.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Compare detectors."""
    machine, cv2_threads = this_machine(), cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        width, height = _size(size)
        pictures = pictures_in(image, width, height) if image else (drawn_classroom(width, height),)
        smallest = sorted({min_face, ALSO_PX}, reverse=min_face > ALSO_PX)
        measured = measured_at(smallest, pictures, rounds=rounds, threads=threads, yunet=yunet)
    except (CameraAgentError, DetectorNotExported, YunetNotFound) as error:
        typer.echo(f"adsum-camera: {error}", err=True)
        raise typer.Exit(1) from None
    finally:
        cv2.setNumThreads(cv2_threads)
    if measured[0].ratio is None:
        typer.echo(f"adsum-camera: {NO_ORIGINAL}", err=True)
    if as_json:
        named = str(image) if image else pictures[0].name
        typer.echo(
            screen.as_json(screen.figures(measured, machine, size=size, threads=threads, pictures=named))
        )
        return
    for table in screen.tables(measured):
        Console().print(table)


def measured_at(
    smallest: Sequence[float], pictures: Sequence[Picture], *, rounds: int, threads: int, yunet: Path | None
) -> tuple[Measured, ...]:
    """Measure every detector that is here, at each smallest face in pixels."""
    measured = []
    with Console(stderr=True).status("") as status:
        for min_face_px in smallest:
            status.update(f"{len(pictures)} pictures, smallest face {min_face_px:g} px …")
            detectors = _detectors(min_face_px, threads, yunet)
            measured.append(measure(pictures, detectors, min_face_px, rounds))
    return tuple(measured)


def _detectors(min_face_px: float, threads: int, yunet: Path | None) -> dict[str, FaceDetector]:
    detectors: dict[str, FaceDetector] = {OURS: MtcnnDetector(min_face_px=min_face_px, threads=threads)}
    if (original := original_detector(min_face_px, threads)) is not None:
        detectors[THEIRS] = original
    if yunet is not None:
        detectors[YUNET] = YunetDetector(yunet, min_face_px=min_face_px)
    return detectors


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit() and min(int(width), int(height)) >= SMALLEST_SIDE):
        raise BadSize(f"{text!r} is not a size: give it as 1920x1080, and no side below {SMALLEST_SIDE}.")
    return int(width), int(height)
